from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from collectors.rds.prices import (
    SERVERLESS,
    SOURCE,
    Offering,
    Price,
    Unknown,
    Wanted,
    named,
    offerings,
    on_demand,
    product_of,
)
from collectors.session import PermissionDenied
from tests.aws.price_list import YEAR_SECONDS, listed, offered
from tests.aws.session import FakeAws

LARGE = Wanted("db.r7g.large", "postgresql")
STANDARD = "EUW1-InstanceUsage:db.r7g.large"


def asked_of(*texts: str) -> FakeAws:
    return FakeAws({"pricing:get_products": [{"PriceList": [text]} for text in texts] or {}})


def selling(*offers: Any) -> FakeAws:
    answers = [{"ReservedDBInstancesOfferings": [o]} for o in offers]
    return FakeAws({"rds:describe_reserved_db_instances_offerings": answers or {}})


def filters(aws: FakeAws) -> dict[str, str]:
    ((_, given),) = aws.asked
    assert given["ServiceCode"] == "AmazonRDS"
    assert {f["Type"] for f in given["Filters"]} == {"TERM_MATCH"}
    return {f["Field"]: f["Value"] for f in given["Filters"]}


def test_a_price_is_exact_and_has_its_date() -> None:
    aws = asked_of(listed(STANDARD, "0.2680000000"))
    found = on_demand(aws, LARGE)
    assert found == Price(Decimal("0.268"), "instance-hour", SOURCE, date(2026, 11, 12))
    assert filters(aws) == {
        "regionCode": "eu-west-1",
        "databaseEngine": "PostgreSQL",
        "productFamily": "Database Instance",
        "instanceType": "db.r7g.large",
        "deploymentOption": "Single-AZ",
        "licenseModel": "No license required",
    }


def test_a_list_without_a_date_is_of_the_day_it_was_asked() -> None:
    found = on_demand(asked_of(listed(STANDARD, "0.268", published="")), LARGE)
    assert isinstance(found, Price)
    assert found.as_of == date(2026, 11, 18)


def test_multi_az_is_another_kind_of_use() -> None:
    aws = asked_of(listed("Multi-AZUsage:db.r7g.large", "0.536"), listed(STANDARD, "0.268"))
    found = on_demand(aws, Wanted("db.r7g.large", "postgresql", multi_az=True))
    assert isinstance(found, Price)
    assert found.dollars == Decimal("0.536")
    assert filters(aws)["deploymentOption"] == "Multi-AZ"


@pytest.mark.parametrize(("optimized", "dollars"), [(False, "0.276"), (True, "0.359")])
def test_io_optimized_is_told_from_standard_on_all_pages(optimized: bool, dollars: str) -> None:
    aws = asked_of(
        listed("EUW1-InstanceUsageIOOptimized:db.r7g.large", "0.359"),
        listed(STANDARD, "0.276"),
        listed(STANDARD, "0.9", attributes={"locationType": "AWS Outposts"}),
        listed(STANDARD, "0.0"),
    )
    found = on_demand(aws, Wanted("db.r7g.large", "aurora-postgresql", io_optimized=optimized))
    assert isinstance(found, Price)
    assert found.dollars == Decimal(dollars)
    assert filters(aws)["databaseEngine"] == "Aurora PostgreSQL"


@pytest.mark.parametrize(("optimized", "dollars"), [(False, "0.14"), (True, "0.182")])
def test_capacity_units_are_priced_by_the_hour(optimized: bool, dollars: str) -> None:
    aws = asked_of(
        listed("EUW1-Aurora:ServerlessV2Usage", "0.14", "ACU-Hr"),
        listed("EUW1-Aurora:ServerlessV2IOOptimizedUsage", "0.182", "ACU-Hr"),
        listed("EUW1-Aurora:ServerlessUsage", "0.07", "ACU-Hr"),
    )
    found = on_demand(aws, Wanted(SERVERLESS, "aurora-mysql", io_optimized=optimized))
    assert found == Price(Decimal(dollars), "ACU-hour", SOURCE, date(2026, 11, 12))
    assert filters(aws) == {
        "regionCode": "eu-west-1",
        "databaseEngine": "Aurora MySQL",
        "productFamily": "ServerlessV2",
    }


@pytest.mark.parametrize(
    ("texts", "why"),
    [
        ((), "has no price of db.r7g.large for postgresql in eu-west-1"),
        ((listed("EUW1-RDS:GP3-Storage", "0.127"),), "has no price"),
        ((listed(STANDARD, "not a number"),), "has no price"),
        ((listed(STANDARD, "NaN"),), "has no price"),
        ((listed(STANDARD, "0.268"), listed(STANDARD, "0.27")), "has 2 different prices"),
        (("{}",), "has no price"),
    ],
    ids=["empty", "something else", "no number", "NaN", "two prices", "nothing in it"],
)
def test_what_is_not_one_price_is_unknown(texts: tuple[str, ...], why: str) -> None:
    found = on_demand(asked_of(*texts), LARGE)
    assert isinstance(found, Unknown)
    assert why in found.why


def test_the_same_price_twice_is_one() -> None:
    found = on_demand(asked_of(listed(STANDARD, "0.268"), listed(STANDARD, "0.2680")), LARGE)
    assert isinstance(found, Price)


def test_a_role_that_may_not_ask_leaves_prices_unknown() -> None:
    denied = PermissionDenied("needs pricing:GetProducts")
    found = on_demand(FakeAws({"pricing:get_products": denied}), LARGE)
    assert found == Unknown("needs pricing:GetProducts")


def test_offers_are_of_this_product_alone() -> None:
    aws = selling(
        offered(),
        offered("other", ProductDescription="aurora-postgresql"),
        offered("twice", MultiAZ=True),
        offered("yuan", CurrencyCode="CNY"),
        offered(
            "three", Duration=3 * YEAR_SECONDS, FixedPrice=2628.0, OfferingType="Partial Upfront"
        ),
    )
    plain, three = _known(offerings(aws, "db.r7g.large", "postgresql"))
    assert plain.identifier == "438012d3-4052-4cc7-b2e3-8d3372e0e706"
    assert (plain.years, plain.payment) == (1, "No Upfront")
    assert plain.effective_dollars == Decimal("0.2")
    assert (three.years, three.upfront_dollars) == (3, Decimal(2628))
    assert three.effective_dollars == Decimal("0.3")  # 2628 / (3 * 8760) is a tenth
    ((_, given),) = aws.asked
    assert given == {
        "DBInstanceClass": "db.r7g.large",
        "ProductDescription": "postgresql",
        "MultiAZ": False,
    }


def test_an_old_offer_names_its_hour_as_usage() -> None:
    aws = selling(offered(UsagePrice=0.1, RecurringCharges=[]))
    (found,) = _known(offerings(aws, "db.r7g.large", "postgresql"))
    assert found.effective_dollars == Decimal("0.1")


def test_nothing_offered_is_not_unknown() -> None:
    assert offerings(selling(), "db.r7g.large", "postgresql") == ()


def test_a_role_that_may_not_ask_leaves_offers_unknown() -> None:
    denied = PermissionDenied("needs rds:DescribeReservedDBInstancesOfferings")
    aws = FakeAws({"rds:describe_reserved_db_instances_offerings": denied})
    found = offerings(aws, "db.r7g.large", "postgresql")
    assert found == Unknown("needs rds:DescribeReservedDBInstancesOfferings")


@pytest.mark.parametrize(
    ("engine", "product"),
    [
        ("postgres", "postgresql"),
        ("aurora", "aurora-mysql"),
        ("aurora-postgresql", "aurora-postgresql"),
        ("mariadb", "mariadb"),
        ("oracle-ee", None),
    ],
)
def test_engines_are_named_as_reservations_do(engine: str, product: str | None) -> None:
    assert product_of(engine) == product


def test_what_is_wanted_has_words() -> None:
    assert named(Wanted("db.r7g.large", "mysql", multi_az=True)) == (
        "Multi-AZ db.r7g.large for mysql"
    )
    assert named(Wanted(SERVERLESS, "aurora-mysql", io_optimized=True)) == (
        "an ACU for aurora-mysql, I/O-Optimized"
    )


def _known(found: tuple[Offering, ...] | Unknown) -> tuple[Offering, ...]:
    assert not isinstance(found, Unknown)
    return found
