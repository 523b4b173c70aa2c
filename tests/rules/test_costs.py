from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from collectors.rds.instance import Instance
from collectors.rds.prices import SERVERLESS, Unknown, Wanted
from rules.cost.costs import Answers, Reservable, Used, costs, questions
from rules.cost.serverless_or_provisioned import Choice
from tests.aws.priced import DAY_SECONDS, LARGE, answers, group, price, region
from tests.aws.rows import aurora, hours, instance
from tests.aws.session import NOW

POSTGRES, AURORA = Reservable(LARGE, "postgresql"), Reservable(LARGE, "aurora-postgresql")
SECRET = Unknown("needs pricing:GetProducts")


def used(rows: Any, **known: Any) -> Used:
    (row,) = rows.rows
    return Used(row, hours(**known).rows)


def test_each_price_and_offer_is_asked_once() -> None:
    asked = questions(region())
    assert asked.prices == (
        Wanted(LARGE, "postgresql"),
        Wanted(LARGE, "aurora-postgresql"),
        Wanted(SERVERLESS, "aurora-postgresql"),
    )
    assert asked.offers == (POSTGRES, AURORA)


def test_io_optimized_storage_has_prices_of_its_own() -> None:
    fleet = (used(aurora(storage_type="aurora-iopt1"), cpu_ratio=0.5),)
    asked = questions(region(fleet=fleet, coverage=()))
    assert asked.prices == (
        Wanted(SERVERLESS, "aurora-postgresql", io_optimized=True),
        Wanted(LARGE, "aurora-postgresql", io_optimized=True),
    )


def test_a_fleet_of_rds_alone_asks_for_no_capacity_units() -> None:
    fleet = (used(instance()),)
    assert questions(region(fleet=fleet, coverage=())).prices == ()
    found = costs(region(fleet=fleet, coverage=()), answers())
    assert (found.compared, found.not_comparable) == ((), 1)


def test_what_is_asked_is_all_that_is_needed() -> None:
    asked = questions(region())
    given = answers()
    found = costs(
        region(),
        Answers(
            {w: given.prices[w] for w in asked.prices}, {o: given.offers[o] for o in asked.offers}
        ),
    )
    assert not isinstance(found.groups, Unknown)
    first, second = found.groups
    assert first.least_binding is not None
    assert float(first.least_binding.saving_a_month_dollars or 0) == pytest.approx(73)
    assert (second.count, second.unused_units) == (0, 4)
    assert [c.choice for c in found.compared] == [Choice.RESERVED, Choice.SERVERLESS]
    assert found.unknown == ()
    assert found.not_comparable == 2


def test_each_source_and_day_is_named_once() -> None:
    found = costs(region(), answers())
    assert [(p.source, str(p.as_of)) for p in found.priced] == [
        ("the AWS price list", "2026-11-12")
    ]
    mine = {Wanted(LARGE, "postgresql"): price("0.25", source="mine.toml")}
    both = costs(region(), answers(prices={**answers().prices, **mine}))
    assert [p.source for p in both.priced] == ["mine.toml", "the AWS price list"]


def test_what_is_unknown_is_said_and_not_guessed() -> None:
    given = Answers({Wanted(LARGE, "postgresql"): SECRET}, {POSTGRES: SECRET})
    found = costs(region(), given)
    assert found.unknown == (
        ("db.r7g.large for postgresql", SECRET.why),
        ("offers of db.r7g.large for postgresql", SECRET.why),
    )
    assert found.priced == ()
    assert not isinstance(found.groups, Unknown)
    assert [g.least_binding for g in found.groups] == [None, None]
    assert {c.choice for c in found.compared} == {Choice.UNKNOWN}


def test_a_load_that_is_not_known_leaves_the_choice_unknown() -> None:
    (shop,) = aurora().rows
    silent = Used(shop, Unknown("needs cloudwatch:GetMetricData"))
    (compared,) = costs(region(fleet=(silent,)), answers()).compared
    assert compared.choice is Choice.UNKNOWN
    assert compared.reasons[0] == "Its load is unknown: needs cloudwatch:GetMetricData."


def test_a_serverless_one_of_unknown_load_has_no_class_to_compare() -> None:
    (shop,) = aurora().rows
    asleep: Instance = replace(shop, instance_class=SERVERLESS, vcpus=None, memory_bytes=None)
    here = region(fleet=(Used(asleep, ()),), coverage=())
    assert questions(here).offers == ()
    (compared,) = costs(here, answers()).compared
    assert (compared.instance_class, compared.choice) == (None, Choice.UNKNOWN)


def test_coverage_that_may_not_be_seen_is_unknown() -> None:
    found = costs(region(coverage=SECRET), answers())
    assert found.groups == SECRET
    assert found.ending == ()


def test_a_group_that_is_reserved_and_does_not_run_is_kept() -> None:
    idle = group(family="db.m7g", running_units=0.0, reserved_units=8.0)
    found = costs(region(coverage=(idle,)), answers())
    assert not isinstance(found.groups, Unknown)
    (kept,) = found.groups
    assert (kept.instance_class, kept.unused_units) == (None, 8)
    assert POSTGRES not in questions(region(coverage=(idle,))).offers


@pytest.mark.parametrize(
    ("days", "told"),
    [(10, [10]), (60, [60]), (61, []), (None, [])],
    ids=["soon", "just soon enough", "just not", "no end"],
)
def test_reservations_that_end_soon_are_told(days: float | None, told: list[int]) -> None:
    end = None if days is None else NOW + days * DAY_SECONDS
    found = costs(region(coverage=(group(next_end_at=end),)), answers())
    assert [e.days for e in found.ending] == told
