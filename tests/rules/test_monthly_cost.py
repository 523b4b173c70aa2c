from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from collectors.rds.prices import Price, Unknown, Wanted
from rules.fit.acu_range import acu_range
from rules.fit.measured import Measured
from rules.fit.monthly_cost import MonthlyCost, Prices, monthly_cost, wanted_prices
from rules.fit.needs import Needs
from rules.fit.platform_fit import Score, scored
from rules.fit.platforms import BY_KEY, Key
from tests.rules.fits import FLAT, SPIKY, by_day, load, of

ONE = Wanted("db.r7g.large", "postgresql")
TWO = Wanted("db.r7g.large", "postgresql", multi_az=True)
AURORA = Wanted("db.r7g.large", "aurora-postgresql")
ACU = Wanted("db.serverless", "aurora-postgresql")


def price(wanted: Wanted, dollars: str) -> Price:
    return Price(Decimal(dollars), wanted.unit, "a price file", date(2026, 11, 1))


PRICES: Prices = {
    wanted: price(wanted, dollars)
    for wanted, dollars in ((ONE, "0.2"), (TWO, "0.4"), (AURORA, "0.3"), (ACU, "0.1"))
}


def cost(key: Key, found: Measured, prices: Prices = PRICES) -> MonthlyCost:
    return monthly_cost(BY_KEY[key], found, acu_range(found), prices)


def by_key(found: Measured, needs: Needs, prices: Prices = PRICES) -> dict[Key, Score]:
    return {s.platform.key: s for s in scored(found, needs, prices)}


def test_what_is_asked_for() -> None:
    assert set(wanted_prices(of(FLAT), acu_range(of(FLAT)))) == {ONE, TWO, AURORA, ACU}
    assert set(wanted_prices(of(None), None)) == {ONE, TWO, AURORA}
    optimized = of(FLAT, engine="aurora-postgresql", storage_type="aurora-iopt1")
    assert Wanted("db.r7g.large", "aurora-postgresql", io_optimized=True) in wanted_prices(
        optimized, None
    )


@pytest.mark.parametrize(
    ("key", "replicas", "dollars"),
    [
        ("rds-single-az", (), 0.2 * 730),
        ("rds-multi-az", (), 0.4 * 730),
        ("rds-multi-az", ("a", "b"), (0.4 + 2 * 0.2) * 730),
        ("aurora", (), 2 * 0.3 * 730),  # a reader to fail over to
        ("aurora", ("a", "b"), 3 * 0.3 * 730),
    ],
)
def test_instances(key: Key, replicas: tuple[str, ...], dollars: float) -> None:
    found = cost(key, of(FLAT, replicas=replicas))
    assert found.least == found.most == pytest.approx(dollars)


def test_serverless_is_a_range_where_only_a_class_was_seen() -> None:
    """0.6 CPUs are 2.4 units; the 8 GiB in use are 4."""
    found = cost("aurora-serverless", of(FLAT))
    assert found.least == pytest.approx(2.5 * 2 * 730 * 0.1)  # not below the minimum
    assert found.most == pytest.approx(4 * 2 * 730 * 0.1)


def test_a_pause_is_free() -> None:
    """The 16 GiB in use are kept in 3 hours of 24 only."""
    usage = load(by_day(0.5, 0.0), connections_max=by_day(9.0, 0.0), freeable_memory_min_bytes=0.0)
    assert cost("aurora-serverless", of(usage)).most == pytest.approx(8 / 8 * 2 * 730 * 0.1)


def test_the_same_reason_is_told_once() -> None:
    assert cost("rds-single-az", of(FLAT, replicas=("a",)), {}).unknown == (
        "no price of db.r7g.large for postgresql was given",
    )


@pytest.mark.parametrize(
    ("key", "prices", "why"),
    [
        ("aurora", {}, "no price of db.r7g.large for aurora-postgresql was given"),
        ("aurora", {AURORA: Unknown("the list was not allowed")}, "the list was not allowed"),
        ("rds-multi-az-cluster", PRICES, "prices of Multi-AZ DB clusters are not asked for"),
    ],
)
def test_what_is_not_known_is_said(key: Key, prices: Prices, why: str) -> None:
    assert cost(key, of(FLAT), prices) == MonthlyCost(None, None, (why,))


def test_no_load_no_capacity() -> None:
    assert cost("aurora-serverless", of(None)).unknown == (
        "the load is not known, so neither is the capacity it takes",
    )


def test_a_budget_excludes() -> None:
    found = by_key(of(FLAT), Needs(monthly_budget_dollars=300))
    assert found["aurora"].excluded == (
        "about $438 a month for the instances alone, the budget is $300",
    )
    assert found["rds-multi-az"].excluded == ()
    assert found["rds-multi-az-cluster"].excluded == ()  # unknown is not too much


def test_a_budget_without_prices_excludes_nobody() -> None:
    found = by_key(of(FLAT), Needs(monthly_budget_dollars=1), {})
    assert [s for s in found.values() if s.excluded] == []
    assert {s.points[-1].ratio for s in found.values()} == {None}


def test_the_cheapest_gets_all_points_and_the_unknown_the_least() -> None:
    found = {k: s.points[-1] for k, s in by_key(of(SPIKY), Needs()).items()}
    assert found["aurora-serverless"].ratio is not None
    ratios = {k: p.ratio for k, p in found.items() if p.ratio is not None}
    assert max(ratios.values()) == 1
    assert ratios["rds-multi-az-cluster"] == min(ratios.values())
    assert found["rds-multi-az-cluster"].reason.endswith("counted like the dearest known")
    assert ratios["rds-multi-az"] == pytest.approx(ratios["rds-single-az"] / 2)
