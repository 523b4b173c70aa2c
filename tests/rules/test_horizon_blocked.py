from __future__ import annotations

from typing import Any

import pytest

from collectors.postgres.postgres_table import PostgresTable
from collectors.snapshot import Snapshot
from collectors.snapshots.transactions import HorizonHolder
from rules.vacuum.horizon_blocked import horizon_blocked
from tests.make import make, snapshot

MILLION = 1_000_000


def holder(**given: Any) -> HorizonHolder:
    about = {"kind": "session", "name": "app", "database": "db", "id": "42"}
    return make(HorizonHolder, **{**about, **given})


def dead(rows: int = 10_000, **given: Any) -> Snapshot[PostgresTable]:
    about = {"database": "db", "vacuum_trigger_rows": 50.0}
    return snapshot(make(PostgresTable, dead_rows=rows, **{**about, **given}))


@pytest.mark.parametrize(
    ("it", "tables", "fires"),
    [
        pytest.param(holder(transaction_age=50 * MILLION + 1), None, True, id="50 million ago"),
        pytest.param(holder(transaction_age=50 * MILLION), None, False, id="just not"),
        pytest.param(holder(held_seconds=3601.0), dead(), True, id="an hour, and rows are dead"),
        pytest.param(holder(held_seconds=3600.0), dead(), False, id="just not an hour"),
        pytest.param(holder(held_seconds=9999.0), dead(9_999), False, id="few dead rows"),
        pytest.param(
            holder(held_seconds=9999.0),
            dead(vacuum_trigger_rows=1e6),
            False,
            id="not due for vacuum",
        ),
        pytest.param(holder(held_seconds=9999.0), dead(database="x"), False, id="another database"),
        pytest.param(
            holder(held_seconds=9999.0, database=""), dead(database="x"), True, id="of the server"
        ),
        pytest.param(holder(held_seconds=9999.0), None, False, id="dead rows not known"),
        pytest.param(holder(held_seconds=None), dead(), False, id="nobody knows how long"),
        pytest.param(
            holder(
                kind="slot", detail="logical, inactive, catalog rows only", transaction_age=2**30
            ),
            dead(),
            False,
            id="catalog rows only have their own rule",
        ),
    ],
)
def test_horizon_blocked(
    it: HorizonHolder, tables: Snapshot[PostgresTable] | None, fires: bool
) -> None:
    assert bool(horizon_blocked(snapshot(it), tables)) is fires


@pytest.mark.parametrize(
    ("kind", "subject", "statement"),
    [
        ("session", "session", "SELECT pg_terminate_backend(42);"),
        ("prepared-transaction", "transaction", "ROLLBACK PREPARED '42';"),
        ("slot", "slot", "SELECT pg_drop_replication_slot('app');"),
    ],
)
def test_remedy_by_kind(kind: str, subject: str, statement: str) -> None:
    (finding,) = horizon_blocked(snapshot(holder(kind=kind, transaction_age=60 * MILLION)), None)
    assert finding.subject.kind == subject
    assert finding.remedy.statements == (statement,)


@pytest.mark.parametrize("kind", ["standby-feedback", "replica-query"])
def test_standbys_are_looked_at_there(kind: str) -> None:
    (finding,) = horizon_blocked(snapshot(holder(kind=kind, transaction_age=60 * MILLION)), None)
    assert finding.subject.kind == "replica"
    assert "hot_standby_feedback" in finding.remedy.text


def test_one_finding_a_name() -> None:
    both = snapshot(
        holder(id="1", transaction_age=70 * MILLION), holder(id="2", transaction_age=60 * MILLION)
    )
    (finding,) = horizon_blocked(both, None)
    assert finding.evidence["id"] == "1"
    assert "1" not in finding.subject.name
