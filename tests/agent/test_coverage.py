"""How much of the database's time the report could judge, and why not the rest."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, cast

import pytest

from agent.answers import Answers
from agent.coverage import coverage
from collectors.postgres.databases import Database
from collectors.snapshot import Activity
from collectors.snapshots.statements import LOST, Statement
from exporters.report import Coverage
from tests.make import activity, make

Kind = Literal["difference", "since-reset"]


@dataclass
class FakeAnswers:
    """What `coverage` asks Answers for."""

    given: dict[type[Any], Activity[Any]] = field(default_factory=dict)

    def activity(self, row: type[Any], *, since_reset: bool) -> Activity[Any] | None:
        found = self.given.get(row)
        return found if found and found.accumulated == since_reset else None


def covered(
    *statements: Statement, active: float | None = None,
    kind: Kind = "difference",
) -> Coverage:  # fmt: skip
    given: dict[type[Any], Activity[Any]] = {
        Statement: activity(*statements, accumulated=kind == "since-reset"),
        Database: activity(make(Database, active_seconds=active)),
    }
    return coverage(cast("Answers", FakeAnswers(given)), kind)


def known(seconds: float) -> Statement:
    return make(Statement, query="SELECT $1", exec_seconds=seconds)


def unknown(seconds: float) -> Statement:
    return make(Statement, exec_seconds=seconds)


def test_of_all_active_time() -> None:
    found = covered(known(30.0), unknown(10.0), active=60.0)
    assert found.statement_time_ratio == 0.5
    (gap,) = found.gaps
    assert gap.ratio == 0.5
    assert gap.reason == (
        "30.0 s of 60.0 s of database time belong to statements with a known text; "
        "the rest is statements that are not tracked, evicted or still running"
    )


def test_of_all_statements_where_active_time_is_not_counted() -> None:
    """Before PostgreSQL 14."""
    found = covered(known(30.0), unknown(10.0), active=None)
    assert found.statement_time_ratio == 0.75
    assert found.gaps[0].reason.endswith("belong to statements with a known text")


def test_of_all_statements_where_spans_differ() -> None:
    found = covered(known(30.0), unknown(10.0), active=6000.0, kind="since-reset")
    assert found.statement_time_ratio == 0.75


def test_statements_of_parallel_workers_may_take_longer_than_sessions() -> None:
    assert covered(known(90.0), active=60.0).statement_time_ratio == 1


@pytest.mark.parametrize(
    ("entry", "advice"),
    [
        ("lost", "10.0 s found no room: raise performance_schema_digests_size"),
        (
            "prepared/all/0",
            "10.0 s are prepared statements: switch on the consumer events_statements_current",
        ),
    ],
)
def test_what_mysql_does_not_tell_apart(entry: str, advice: str) -> None:
    lost = make(Statement, digest=LOST, entry=entry, exec_seconds=10.0)
    found = covered(known(30.0), lost)
    assert found.statement_time_ratio == 0.75
    assert found.gaps[0].reason == (
        f"30.0 s of 40.0 s of database time belong to statements with a known text; {advice}"
    )


def test_all_of_it() -> None:
    assert covered(known(60.0), active=60.0) == Coverage(1.0, ())


@pytest.mark.parametrize("statements", [(), (known(0.0),)], ids=["none ran", "in no time"])
def test_nothing_is_not_all(statements: tuple[Statement, ...]) -> None:
    assert covered(*statements, active=0.0).statement_time_ratio is None


def test_no_statistics_at_all() -> None:
    assert coverage(cast("Answers", FakeAnswers()), "difference") == Coverage(None, ())
