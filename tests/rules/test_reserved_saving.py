from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from collectors.rds.prices import Offering, Price, Unknown
from collectors.rds.reserved_instances import ReservedCoverage
from rules.cost.reserved_saving import GroupSaving, Offer, best, reserved_saving, smallest_class
from tests.aws.rows import aurora, instance
from tests.make import make

PRICE = Price(Decimal("0.25"), "instance-hour", "the AWS price list", date(2026, 11, 12))
SECRET = Unknown("needs pricing:GetProducts")


def group(running: float, reserved: float = 0, **given: Any) -> ReservedCoverage:
    about = {"family": "db.r7g", "product": "postgresql", "steady_days": 30, **given}
    return make(ReservedCoverage, running_units=running, reserved_units=reserved, **about)


def offering(identifier: str = "a", **given: Any) -> Offering:
    """A year of db.r7g.large without payment at once, for 0.2 dollars an hour."""
    about = {
        "instance_class": "db.r7g.large", "product": "postgresql", "multi_az": False, "years": 1,
        "payment": "No Upfront", "upfront_dollars": Decimal(0), "hourly_dollars": Decimal("0.2"),
    }  # fmt: skip
    return Offering(identifier, **{**about, **given})


ALL = offering(
    "all",
    payment="All Upfront",
    upfront_dollars=Decimal(1314),
    hourly_dollars=Decimal(0),
)
LONG = offering("long", years=3, payment="Partial Upfront", hourly_dollars=Decimal("0.1"))


def saving_of(coverage: ReservedCoverage, *offers: Offering, **given: Any) -> GroupSaving:
    price = given.get("price", PRICE)
    return reserved_saving(coverage, given.get("on", "db.r7g.large"), price, offers)


def known(found: GroupSaving) -> tuple[Offer, ...]:
    assert not isinstance(found.offers, Unknown)
    return found.offers


def test_the_hours_not_reserved_are_saved_on() -> None:
    found = saving_of(group(20, 8), offering())
    (offer,) = known(found)
    assert (found.uncovered_units, found.count, found.unused_units) == (12, 3, 0)
    assert offer.saving_a_month_dollars == Decimal("109.50")  # 3 * 730 h * 0.05
    assert offer.break_even_ratio == pytest.approx(0.8)
    assert found.least_binding == offer


def test_what_is_paid_at_once_is_spread_over_the_term_and_counts_for_each() -> None:
    (offer,) = known(saving_of(group(8), ALL))
    assert offer.offering.effective_dollars == Decimal("0.15")
    assert offer.upfront_dollars == Decimal(2628)
    assert offer.saving_a_month_dollars == Decimal("146.00")  # 2 * 730 h * 0.1
    assert offer.break_even_ratio == pytest.approx(0.6)


def test_the_shortest_with_least_at_once_binds_least() -> None:
    found = saving_of(group(8), LONG, ALL, offering())
    assert found.least_binding is not None
    assert found.least_binding.offering.identifier == "a"
    assert saving_of(group(8), LONG, ALL).least_binding == known(saving_of(group(8), ALL))[0]
    dearer = offering(hourly_dollars=Decimal("0.3"))
    assert saving_of(group(8), LONG, dearer).least_binding == known(saving_of(group(8), LONG))[0]


def test_an_offer_dearer_than_on_demand_saves_nothing_and_says_so() -> None:
    found = saving_of(group(4), offering(hourly_dollars=Decimal("0.3")))
    (offer,) = known(found)
    assert offer.saving_a_month_dollars == Decimal("-36.50")
    assert offer.break_even_ratio == pytest.approx(1.2)
    assert found.least_binding is None


def test_an_unknown_price_leaves_the_saving_unknown_and_the_offers_there() -> None:
    found = saving_of(group(4), offering(), price=SECRET)
    (offer,) = known(found)
    assert (offer.saving_a_month_dollars, offer.break_even_ratio) == (None, None)
    assert found.on_demand == SECRET
    assert found.least_binding is None


def test_unknown_offers_stay_unknown() -> None:
    found = reserved_saving(group(4), "db.r7g.large", PRICE, SECRET)
    assert found.offers == SECRET
    assert found.least_binding is None


@pytest.mark.parametrize(
    ("running", "reserved", "count", "unused"),
    [(8, 8, 0, 0), (4, 8, 0, 4), (7.9, 4, 0, 0), (8, 4, 1, 0), (15.6, 0, 3, 0), (0, 0, 0, 0)],
    ids=["all reserved", "too much", "less than one", "one", "a part is left", "nothing"],
)
def test_parts_of_an_instance_are_not_reserved(
    running: float, reserved: float, count: int, unused: float
) -> None:
    found = saving_of(group(running, reserved), offering())
    assert (found.count, found.unused_units) == (count, unused)


def test_units_are_counted_without_the_errors_of_binary() -> None:
    # Thirty of I/O-Optimized: 156 but for the last digit.
    found = saving_of(group(sum([1.3 * 4] * 30)), offering())
    assert found.uncovered_units < 156
    assert found.count == 39


def test_a_group_that_does_not_run_has_nothing_to_count_in() -> None:
    assert saving_of(group(0, 8), on=None).count == 0


def test_the_cheapest_of_each_term_and_payment_is_kept() -> None:
    cheap = offering("cheap", hourly_dollars=Decimal("0.19"))
    found = best([offering(), LONG, cheap, ALL])
    assert [o.identifier for o in found] == ["cheap", "all", "long"]


def test_groups_are_counted_in_the_smallest_class_that_runs() -> None:
    def one(name: str, **given: Any) -> Any:
        (row,) = instance(instance_class=name, **given).rows
        return row

    (shop,) = aurora(instance_class="db.r7g.medium").rows
    fleet = [
        one("db.r7g.2xlarge"), one("db.r7g.xlarge"), one("db.t4g.micro"),
        one("db.r7g.large", engine="mysql"), shop,
    ]  # fmt: skip
    assert smallest_class(group(4), fleet) == "db.r7g.xlarge"
    assert smallest_class(group(4, family="db.m7g"), fleet) is None
    assert smallest_class(group(4, product="aurora-postgresql"), fleet) == "db.r7g.medium"
