from __future__ import annotations

from typing import Any

import pytest

from collectors.postgres.postgres_table import PostgresTable
from collectors.postgres.vacuum_progress import VacuumProgress
from collectors.snapshot import Activity, Snapshot
from collectors.snapshots.transactions import HorizonHolder
from rules.base import Finding, Severity
from rules.tables.dead_tuples import dead_tuples
from tests.make import activity, make, snapshot


def table(**given: Any) -> PostgresTable:
    about = {
        "schema": "public",
        "table": "t",
        "database": "db",
        "oid": 1,
        "autovacuum": True,
        "heap_bytes": 10 * 2**20,
        "vacuum_trigger_rows": 20_050.0,
        "live_rows": 100_000,
        "dead_rows": 40_101,
    }
    return make(PostgresTable, **{**about, **given})


def judged(
    it: PostgresTable,
    changes: Activity[PostgresTable] | None = None,
    progress: Snapshot[VacuumProgress] | None = None,
    horizon: Snapshot[HorizonHolder] | None = None,
) -> list[Finding]:
    return dead_tuples(snapshot(it), changes, progress, horizon)


@pytest.mark.parametrize(
    ("it", "fires"),
    [
        pytest.param(table(), True, id="twice the trigger"),
        pytest.param(table(dead_rows=40_100), False, id="just not twice"),
        pytest.param(table(heap_bytes=2**20), False, id="small table"),
        pytest.param(
            table(vacuum_trigger_rows=52.0, dead_rows=10_000), False, id="few rows, often updated"
        ),
        pytest.param(table(autovacuum=False), False, id="autovacuum off has its own rule"),
        pytest.param(table(live_rows=0), True, id="all rows are dead"),
    ],
)
def test_dead_tuples(it: PostgresTable, fires: bool) -> None:
    assert bool(judged(it)) is fires


def holder(**given: Any) -> Snapshot[HorizonHolder]:
    about = {"kind": "session", "name": "db", "database": "db", "id": "42"}
    return snapshot(make(HorizonHolder, **{**about, **given}))


@pytest.mark.parametrize(
    ("horizon", "severity"),
    [
        pytest.param(None, None, id="not known"),
        pytest.param(holder(held_seconds=299.0), None, id="a young transaction"),
        pytest.param(holder(held_seconds=300.0), Severity.HIGH, id="an old transaction"),
        pytest.param(holder(transaction_age=10**6), Severity.HIGH, id="many transactions ago"),
        pytest.param(holder(held_seconds=900.0, database="x"), None, id="in another database"),
        pytest.param(holder(held_seconds=900.0, database=""), Severity.HIGH, id="of the server"),
    ],
)
def test_a_holder_of_the_horizon_is_the_cause(
    horizon: Snapshot[HorizonHolder] | None, severity: Severity | None
) -> None:
    (finding,) = judged(table(), horizon=horizon)
    assert finding.severity is severity
    assert ("horizon-blocked" in finding.remedy.text) is (severity is not None)


@pytest.mark.parametrize(
    ("changes", "fires"),
    [
        pytest.param(activity(table(deletes=1)), False, id="they died while we watched"),
        pytest.param(activity(), True, id="they died before"),
        pytest.param(activity(table(deletes=1), accumulated=True), True, id="first look"),
    ],
)
def test_rows_that_died_just_now_do_not_count(
    changes: Activity[PostgresTable], fires: bool
) -> None:
    assert bool(judged(table(), changes)) is fires


@pytest.mark.parametrize("name", ["public.t", "1"])
def test_being_vacuumed(name: str) -> None:
    assert judged(table(), progress=snapshot(make(VacuumProgress, database="db", table=name))) == []
