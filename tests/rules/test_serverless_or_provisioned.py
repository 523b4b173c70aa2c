from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from collectors.rds.instance import Instance
from collectors.rds.prices import Offering, Price, Unknown, Wanted
from rules.cost.serverless_or_provisioned import (
    Choice,
    Load,
    Prices,
    class_to_compare,
    hours_of,
    load_of,
    serverless_or_provisioned,
)
from tests.aws.rows import GIB, aurora, hours

SECRET = Unknown("needs pricing:GetProducts")
DAY = date(2026, 11, 12)


def one(**given: Any) -> Instance:
    (row,) = aurora(**given).rows
    return row


SHOP = one()
SERVERLESS = one(instance_class="db.serverless", vcpus=None, memory_bytes=None)


def dollars(text: str) -> Price:
    return Price(Decimal(text), "instance-hour", "the AWS price list", DAY)


def reserved(hourly: str, years: int = 1) -> Offering:
    return Offering(
        "a", "db.r7g.large", "aurora-postgresql", multi_az=False, years=years,
        payment="No Upfront", upfront_dollars=Decimal(0), hourly_dollars=Decimal(hourly),
    )  # fmt: skip


def load(**given: Any) -> Load:
    found = load_of(SHOP if "acu" not in given else SERVERLESS, hours(**given).rows)
    assert isinstance(found, Load)
    return found


def used(least: float, most: float, **given: Any) -> Load:
    return Load(least, most, highest=most, p95=most, hours=336, **{"measured": False, **given})


def test_capacity_of_serverless_is_what_was_measured() -> None:
    found = load(acu=[2.0] * 300 + [8.0] * 36, acu_max=[10.0] * 336)
    assert found.least == found.most == pytest.approx((600 + 288) / 336)
    assert (found.p95, found.highest, found.hours, found.measured) == (8.0, 10.0, 336, True)


def test_hours_that_paused_are_zero_and_hours_not_known_are_left_out() -> None:
    found = load(acu=[0.0] * 100 + [4.0] * 100 + [None] * 136)
    assert (found.least, found.hours) == (2.0, 200)


def test_capacity_for_a_class_is_a_range_from_its_cpu_to_its_memory() -> None:
    # Half of 2 CPUs is 4 units; 12 of 16 GiB in use are 6.
    found = load(cpu_ratio=0.5, freeable_memory_min_bytes=4.0 * GIB)
    assert (found.least, found.most, found.measured) == (4.0, 6.0, False)


def test_a_class_that_does_nothing_takes_the_least_there_is() -> None:
    found = load(cpu_ratio=0.0, freeable_memory_min_bytes=16.0 * GIB)
    assert (found.least, found.most) == (0.5, 0.5)


def test_a_hundred_and_sixty_hours_are_enough() -> None:
    assert load(cpu_ratio=[0.1] * 160 + [None] * 176).hours == 160


def test_memory_that_is_not_known_is_all_in_use() -> None:
    assert load(cpu_ratio=0.1).most == 8.0


@pytest.mark.parametrize(
    ("instance", "given", "count"),
    [
        (SHOP, {"freeable_memory_min_bytes": 1.0}, 0),
        (SHOP, {"cpu_ratio": [0.1] * 159 + [None] * 177}, 159),
        (SERVERLESS, {"cpu_ratio": 0.5}, 0),
        (one(instance_class="db.new.large", memory_bytes=None), {"cpu_ratio": 0.5}, 0),
    ],
    ids=["no CPU", "an hour too few", "no capacity", "class not known"],
)
def test_a_load_of_too_few_hours_is_unknown(
    instance: Instance, given: dict[str, Any], count: int
) -> None:
    found = load_of(instance, hours(**given).rows)
    assert found == Unknown(f"{count} hours of its load are known, 160 are needed")


@pytest.mark.parametrize(
    ("instance", "seen", "to"),
    [
        (SHOP, SECRET, "db.r7g.large"),
        (SERVERLESS, used(3, 8), "db.r7g.large"),
        (SERVERLESS, used(3, 8.5), "db.r7g.xlarge"),
        (SERVERLESS, used(3, 1000), None),
        (SERVERLESS, SECRET, None),
    ],
)
def test_what_is_compared(instance: Instance, seen: Load | Unknown, to: str | None) -> None:
    assert class_to_compare(instance, seen) == to


def test_the_storage_of_the_instance_tells_which_price_is_asked() -> None:
    plain = Wanted("db.r7g.large", "aurora-postgresql")
    assert hours_of(SHOP, "db.r7g.large", "aurora-postgresql") == plain
    optimized = hours_of(one(storage_type="aurora-iopt1"), "db.r7g.large", "aurora-postgresql")
    assert optimized == Wanted("db.r7g.large", "aurora-postgresql", io_optimized=True)


# An hour of the class costs 0.28 on demand, as much as 2 ACU of 0.14; reserved as 1.5 ACU.
@pytest.mark.parametrize(
    ("seen", "offers", "choice"),
    [
        (used(1, 1.4), (reserved("0.21"),), Choice.SERVERLESS),
        (used(1, 1.6), (reserved("0.21"),), Choice.EITHER),
        (used(1.5, 1.5), (reserved("0.21"),), Choice.EITHER),
        (used(1.6, 1.9), (reserved("0.21"),), Choice.RESERVED),
        (used(1.6, 1.9), (), Choice.SERVERLESS),
        (used(1.6, 1.9), SECRET, Choice.SERVERLESS),
        (used(1.6, 1.9), (reserved("0.01", years=3),), Choice.SERVERLESS),
        (used(2.1, 4), (), Choice.PROVISIONED),
        (used(2.1, 4), (reserved("0.3"),), Choice.PROVISIONED),
        (used(1.9, 4), (), Choice.EITHER),
        (SECRET, (reserved("0.21"),), Choice.UNKNOWN),
    ],
)
def test_the_least_dollars_win(seen: Load | Unknown, offers: Any, choice: Choice) -> None:
    prices = Prices(dollars("0.28"), dollars("0.14"), offers)
    assert serverless_or_provisioned(SHOP, seen, prices).choice is choice


def test_dollars_are_of_a_month() -> None:
    prices = Prices(dollars("0.28"), dollars("0.14"), (reserved("0.25"), reserved("0.21")))
    found = serverless_or_provisioned(SHOP, used(1, 1.5), prices)
    assert found.dollars.on_demand == Decimal("204.40")
    assert found.dollars.reserved == Decimal("153.30")
    assert found.dollars.serverless_least == Decimal("102.2")
    assert found.dollars.serverless_most == Decimal("153.3")
    assert "On demand db.r7g.large costs as much as 2 ACU all the time." in found.reasons


def test_io_optimized_takes_more_of_a_reservation() -> None:
    prices = Prices(dollars("0.364"), dollars("0.182"), (reserved("0.2"),))
    found = serverless_or_provisioned(one(storage_type="aurora-iopt1"), used(1, 1), prices)
    assert found.dollars.reserved == Decimal("189.8")  # 730 * 0.2 * 1.3


@pytest.mark.parametrize(
    ("prices", "words"),
    [
        (Prices(SECRET, dollars("0.14"), ()), "The price of db.r7g.large is unknown."),
        (Prices(dollars("0.28"), SECRET, ()), "The price of an ACU is unknown."),
    ],
    ids=["class", "ACU"],
)
def test_an_unknown_price_leaves_the_choice_unknown(prices: Prices, words: str) -> None:
    found = serverless_or_provisioned(SHOP, used(1, 2), prices)
    assert found.choice is Choice.UNKNOWN
    assert any(reason.startswith(words) for reason in found.reasons)
    assert "AWS offers no reservation of db.r7g.large for a year." in found.reasons


def test_unknown_offers_are_said() -> None:
    found = serverless_or_provisioned(
        SHOP, used(1, 1), Prices(dollars("0.28"), dollars("0.14"), SECRET)
    )
    assert found.dollars.reserved is None
    assert any(r.startswith("The price of db.r7g.large reserved") for r in found.reasons)


def test_a_serverless_one_names_the_class_and_what_it_would_not_hold() -> None:
    seen = Load(3, 3, highest=20, p95=8, hours=336, measured=True)
    found = serverless_or_provisioned(SERVERLESS, seen, Prices(SECRET, SECRET, SECRET))
    assert found.instance_class == "db.r7g.large"
    assert found.reasons[0] == (
        "It used 3 ACU on average over 336 hours; db.r7g.large has the 16.0 GB that 95 of 100 "
        "hours stayed below. The highest was 20 ACU: a class does not grow."
    )


def test_no_class_is_as_big_as_some_loads() -> None:
    seen = Load(900, 900, highest=1000, p95=1000, hours=336, measured=True)
    found = serverless_or_provisioned(SERVERLESS, seen, Prices(SECRET, dollars("0.14"), SECRET))
    assert found.choice is Choice.UNKNOWN
    assert found.reasons == ("It used 900 ACU on average over 336 hours; no class is as big.",)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"role": "reader", "promotion_tier": 1}, True),
        ({"role": "reader", "promotion_tier": 2}, False),
        ({"role": "reader", "promotion_tier": None}, False),
        ({"role": "writer", "promotion_tier": 1}, False),
    ],
)
def test_readers_that_scale_with_the_writer_are_told_so(given: dict[str, Any], told: bool) -> None:
    found = serverless_or_provisioned(one(**given), used(1, 2), Prices(SECRET, SECRET, SECRET))
    words = "A reader of tier 0 or 1 takes as much as a serverless writer does."
    assert (words in found.reasons) is told
