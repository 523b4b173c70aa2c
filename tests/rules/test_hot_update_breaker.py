from __future__ import annotations

from typing import Any

import pytest

from collectors.postgres.postgres_table import PostgresTable
from collectors.snapshots.schema import Index
from collectors.snapshots.statements import Statement
from rules.base import Finding
from rules.indexes.hot_update_breaker import hot_update_breaker
from tests.make import activity, make, snapshot

DAY = 86400.0


def table(**given: Any) -> PostgresTable:
    about = {"schema": "public", "table": "t", "updates": 360_000, "hot_updates": 100}
    return make(PostgresTable, **{**about, **given})


def index(**given: Any) -> Index:
    about = {
        "schema": "public",
        "table": "t",
        "index": "t_seen_idx",
        "method": "btree",
        "columns": ("seen",),
        "ready": True,
        "definition": "CREATE INDEX t_seen_idx ON public.t (seen)",
    }
    return make(Index, **{**about, **given})


def statement(query: str = "UPDATE t SET seen = $1 WHERE id = $2", **given: Any) -> Statement:
    return make(Statement, query=query, **{"rows": 360_000, **given})


def judged(it: PostgresTable, by: Index, *ran: Statement) -> list[Finding]:
    indexes = snapshot(by, taken_at=DAY, counting_since=0.0)
    return hot_update_breaker(activity(it), indexes, activity(*ran))


@pytest.mark.parametrize(
    ("it", "by", "ran", "fires"),
    [
        pytest.param(table(), index(), statement(), True, id="each update changes it"),
        pytest.param(table(updates=100), index(), statement(), False, id="hardly any updates"),
        pytest.param(table(hot_updates=200_000), index(), statement(), False, id="mostly HOT"),
        pytest.param(table(), index(scans=10**6), statement(), False, id="often searched"),
        pytest.param(table(), index(unique=True), statement(), False, id="unique"),
        pytest.param(table(), index(method="brin"), statement(), False, id="BRIN"),
        pytest.param(table(), index(columns=("id",)), statement(), False, id="another column"),
        pytest.param(table(), index(), statement(rows=50_000), False, id="few updates change it"),
        pytest.param(table(), index(), statement(own=True), False, id="our own statement"),
        pytest.param(table(), index(), statement(database="x"), False, id="another database"),
        pytest.param(
            table(),
            index(columns=("",), expressions="date(seen)"),
            statement(),
            True,
            id="expression",
        ),
        pytest.param(
            table(),
            index(columns=("b",), predicate="(seen > 0)"),
            statement(),
            True,
            id="predicate",
        ),
    ],
)
def test_hot_update_breaker(it: PostgresTable, by: Index, ran: Statement, fires: bool) -> None:
    assert bool(judged(it, by, ran)) is fires


@pytest.mark.parametrize(
    ("query", "fires"),
    [
        ('update only "public"."t" as x set b = $1, "seen" = now() where id = $2', True),
        ("UPDATE t SET b = $1 WHERE seen = $2", False),
        ("UPDATE t SET b = coalesce($1, seen) WHERE id = $2", False),
        ("UPDATE other SET seen = $1", False),
        ("UPDATE archive.t SET seen = $1", False),
        ("SELECT seen FROM t", False),
    ],
)
def test_reads_what_is_assigned(query: str, fires: bool) -> None:
    assert bool(judged(table(), index(), statement(query))) is fires


def test_nothing_ran() -> None:
    assert judged(table(updates=0, hot_updates=0), index()) == []
    assert hot_update_breaker(activity(table(), seconds=0), snapshot(index()), activity()) == []


def test_unknown_scan_rate_is_quiet() -> None:
    indexes = snapshot(index(), counting_since=None)
    assert hot_update_breaker(activity(table()), indexes, activity(statement())) == []
