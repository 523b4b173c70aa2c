from __future__ import annotations

import ast
import json
import re
from decimal import Decimal
from typing import Any

import pytest

from collectors.rds.prices import Unknown, Wanted
from exporters.aws_cost import render
from exporters.aws_cost_tables import dollars
from rules.cost.costs import Answers, Reservable, Used, costs, questions
from tests.aws.commands import request
from tests.aws.models import wrong_request
from tests.aws.priced import DAY_SECONDS, LARGE, answers, group, offering, price, region
from tests.aws.rows import aurora
from tests.aws.session import NOW

SECRET = Unknown("needs pricing:GetProducts")
TEXT = render(costs(region(), answers()))
PLAN = "The plan. dbtriage buys nothing."
BOUGHT = {
    "ReservedDBInstancesOfferingId": "no-upfront",
    "ReservedDBInstanceId": "r7g-postgresql-2026-11-18",
    "DBInstanceCount": 2,
}


def flat(text: str) -> str:
    return " ".join(text.split())


def shown(given: Answers | None = None, **about: Any) -> str:
    return render(costs(region(**about), given or answers()))


def test_prices_are_shown_with_their_source_and_age() -> None:
    assert "Prices on demand: the AWS price list, of 2026-11-12, 6 days old." in TEXT
    today = price("0.25", as_of=price("0.25").as_of.replace(day=18))
    fresh = shown(answers(prices={Wanted(LARGE, "postgresql"): today}))
    assert "the AWS price list, of 2026-11-18.\n" in fresh


def test_coverage_is_shown_by_group() -> None:
    (line,) = re.findall(r"^db\.r7g\*  postgresql .*$", TEXT, re.MULTILINE)
    assert line.split() == ["db.r7g*", "postgresql", "16", "8", "50", "%", "8", "2027-06-06"]


def test_offers_are_shown_with_what_they_save() -> None:
    rows = re.findall(r"^\d years? .*$", TEXT, re.MULTILINE)
    assert [re.split(r" {2,}", row) for row in rows] == [
        ["1 year", "No Upfront", "$0.00", "$0.2000", "$0.2000", "$73.00", "80 % of hours"],
        ["1 year", "All Upfront", "$2,628", "$0.0000", "$0.1500", "$146", "60 % of hours"],
        ["3 years", "Partial Upfront", "$2,628", "$0.0500", "$0.1000", "$219", "40 % of hours"],
    ]
    assert "not reserved is as much as 2 x db.r7g.large. On demand $0.2500 an hour each." in TEXT


def test_serverless_is_shown_against_the_class() -> None:
    rows = {row[0]: row[1:] for line in TEXT.splitlines() if (row := re.split(r" {2,}", line))}
    assert rows["shop-1"] == [
        LARGE, "about 5 to 7", "$511 to $715", "$219", "$153", "reserved",
    ]  # fmt: skip
    assert rows["cart-1, serverless"] == [LARGE, "1", "$102", "$219", "$153", "serverless"]
    assert "2 instances of RDS: serverless is of Aurora alone." in TEXT


def test_units_that_nothing_uses_are_said() -> None:
    assert "db.r7g* for aurora-postgresql: 4 units are reserved that nothing" in TEXT


def test_the_plan_says_what_it_is_before_any_command() -> None:
    before, _, after = TEXT.partition(PLAN)
    assert "purchase" not in before
    assert "A reservation cannot be cancelled" in flat(after)
    assert (
        "Plan: reserve 2 x db.r7g.large for postgresql, 1 year, No Upfront, in eu-west-1." in TEXT
    )
    assert TEXT.count("aws rds purchase-reserved-db-instances-offering") == 1


def test_rds_would_take_the_command() -> None:
    (command,) = re.findall(r"^aws rds .*$", TEXT, re.MULTILINE)
    assert request(command) == BOUGHT
    assert command.endswith("--region eu-west-1")


def test_rds_would_take_the_call() -> None:
    source = TEXT.split("# Python\n")[1].split("\n# Terraform")[0]
    client, call = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Call)]
    assert ast.unparse(client) == "boto3.client('rds', region_name='eu-west-1')"
    given = {str(k.arg): ast.literal_eval(k.value) for k in call.keywords}
    assert ast.unparse(call.func) == "rds.purchase_reserved_db_instances_offering"
    assert given == BOUGHT
    assert not wrong_request("rds", "purchase_reserved_db_instances_offering", given)


def test_terraform_says_the_same() -> None:
    (block,) = re.findall(
        r'^resource "aws_rds_reserved_instance" "\w+" \{\n(.*?)^\}', TEXT, re.M | re.S
    )
    pairs = dict(re.findall(r"^  (\w+) += (.+)$", block, re.MULTILINE))
    assert {name: json.loads(value) for name, value in pairs.items()} == {
        "offering_id": "no-upfront",
        "reservation_id": "r7g-postgresql-2026-11-18",
        "instance_count": 2,
    }


def test_the_other_offers_are_named() -> None:
    assert "# 1 y, All Upfront: all-upfront\n# 3 y, Partial Upfront: three-years\n" in TEXT
    only = {Reservable(LARGE, "postgresql"): (offering("one", "postgresql", "0.2"),)}
    alone = shown(answers(offers=only))
    assert "The other offers" not in alone
    assert "offering-id one " in alone


@pytest.mark.parametrize(
    "given",
    [
        {"prices": {}},
        {"offers": {}},
        {"offers": {Reservable(LARGE, "postgresql"): (offering("x", "postgresql", "0.26"),)}},
        {"offers": {Reservable(LARGE, "postgresql"): ()}},
    ],
    ids=["no price", "no offers", "a dearer offer", "nothing on offer"],
)
def test_nothing_is_planned_that_is_not_known_to_save(given: dict[str, Any]) -> None:
    text = shown(answers(**given))
    assert "purchase" not in text
    assert PLAN not in text


def test_a_loss_is_shown_as_one() -> None:
    dear = {Reservable(LARGE, "postgresql"): (offering("x", "postgresql", "0.26"),)}
    assert re.search(r"-\$14\.60 +104 % of hours$", shown(answers(offers=dear)), re.MULTILINE)


def test_what_is_unknown_is_spelled_out() -> None:
    asked = questions(region())
    text = shown(
        Answers(
            dict.fromkeys(asked.prices, SECRET),
            {**dict.fromkeys(asked.offers, Unknown("needs rds:Describe")), **answers().offers},
        )
    )
    assert "Prices on demand: unknown." in text
    assert (
        "Unknown: db.r7g.large for postgresql, db.r7g.large for aurora-postgresql, an ACU for "
        "aurora-postgresql (needs pricing:GetProducts)."
    ) in flat(text)
    assert "On demand: unknown, so the saving is too." in flat(text)
    assert re.search(r"^1 year +No Upfront .* unknown +unknown$", text, re.MULTILINE)
    (shop,) = [line for line in text.splitlines() if line.startswith("shop-1 ")]
    assert re.split(r" {2,}", shop)[-4:] == ["unknown", "unknown", "$153", "unknown"]
    assert "The price of an ACU is unknown." in text


def test_unknown_offers_are_spelled_out() -> None:
    denied = Unknown("needs rds:DescribeReservedDBInstancesOfferings")
    text = shown(answers(offers={Reservable(LARGE, "postgresql"): denied}))
    assert "an hour each. Offers: unknown." in flat(text)
    assert (
        "Unknown: offers of db.r7g.large for postgresql (needs "
        "rds:DescribeReservedDBInstancesOfferings)."
    ) in flat(text)


def test_coverage_that_may_not_be_seen_is_unknown() -> None:
    assert "Reserved instances: unknown: needs pricing:GetProducts." in shown(coverage=SECRET)


def test_a_reservation_that_ends_soon_is_told() -> None:
    text = shown(coverage=(group(next_end_at=NOW + 10 * DAY_SECONDS),))
    assert "A reservation of db.r7g* for postgresql ends on 2026-11-28, in 10 days:" in text


def test_less_than_one_instance_is_nothing_to_buy() -> None:
    text = shown(coverage=(group(running_units=9.0),))
    assert "1 units are not reserved, which is less than one instance" in flat(text)
    assert PLAN not in text


def test_an_empty_region_is_told_in_a_few_sentences() -> None:
    text = shown(Answers({}, {}), fleet=(), coverage=())
    assert "Reserved instances: no instance runs" in text
    assert "Aurora: serverless against a class" not in text


@pytest.mark.parametrize("width", [70, 100])
def test_nothing_before_the_plan_is_wider_than_asked(width: int) -> None:
    (shop,) = aurora(identifier="a-very-long-name-of-an-instance-in-a-fleet-of-many").rows
    fleet = (*region().fleet, Used(shop, ()))
    text = render(costs(region(fleet=fleet), answers()), width=width)
    assert max(len(line) for line in text.partition("# AWS CLI")[0].splitlines()) <= width


def test_a_source_does_not_write_to_the_terminal() -> None:
    odd = {Wanted(LARGE, "postgresql"): price("0.25", source="a\x1b[31m file")}
    assert "\x1b" not in shown(answers(prices=odd))


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (None, "unknown"),
        (Decimal(0), "$0.00"),
        (Decimal("99.994"), "$99.99"),
        (Decimal("1234.5"), "$1,234"),
        (Decimal("-36.5"), "-$36.50"),
    ],
)
def test_dollars_for_people(amount: Decimal | None, text: str) -> None:
    assert dollars(amount) == text
