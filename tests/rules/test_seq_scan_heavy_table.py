from __future__ import annotations

from typing import Any

import pytest

from collectors.postgres.postgres_table import PostgresTable
from collectors.snapshots.statements import Statement
from rules.base import Severity
from rules.tables.seq_scan_heavy_table import seq_scan_heavy_table
from tests.make import activity, make, server

HEAP = 100 * 2**20


def table(**given: Any) -> PostgresTable:
    about = {
        "schema": "public",
        "table": "orders",
        "heap_bytes": HEAP,
        "live_rows": 100_000,
        "seq_scans": 60,
        "seq_rows": 60 * 100_000,
    }
    return make(PostgresTable, **{**about, **given})


def statement(query: str = "SELECT * FROM orders WHERE customer = $1", **given: Any) -> Statement:
    about = {"calls": 60, "exec_seconds": 360.0, "digest": "d"}
    blocks = {"shared_hit_bytes": 60 * HEAP, "shared_read_bytes": 0}
    return make(Statement, query=query, **{**about, **blocks, **given})


@pytest.mark.parametrize(
    ("it", "ran", "fires"),
    [
        pytest.param(table(), statement(), True, id="a tenth of a session scans it"),
        pytest.param(table(), statement(exec_seconds=359.0), False, id="too light to matter"),
        pytest.param(table(seq_scans=59, seq_rows=10**8), statement(), False, id="too seldom"),
        pytest.param(table(seq_rows=59 * 10**5), statement(), False, id="scans cut short by LIMIT"),
        pytest.param(table(live_rows=99_999), statement(), False, id="too few rows"),
        pytest.param(table(seq_scans=900), statement(), True, id="some cut short, some in full"),
        pytest.param(table(heap_bytes=2**20), statement(), False, id="small table"),
        pytest.param(
            table(), statement(shared_hit_bytes=60 * 8192), False, id="the statement looks up rows"
        ),
        pytest.param(table(), statement(calls=0), False, id="still in its first call"),
        pytest.param(table(), statement(own=True), False, id="our own statement"),
        pytest.param(table(), statement("SELECT count(*) FROM orders"), False, id="reads it all"),
        pytest.param(
            table(), statement("SELECT * FROM old_orders WHERE a = $1"), False, id="other"
        ),
        pytest.param(table(), statement("VACUUM orders"), False, id="maintenance"),
    ],
)
def test_seq_scan_heavy_table(it: PostgresTable, ran: Statement, fires: bool) -> None:
    assert bool(seq_scan_heavy_table(activity(it), activity(ran), server())) is fires


def test_nothing_ran() -> None:
    assert not seq_scan_heavy_table(activity(table(seq_scans=0, live_rows=0)), activity(), server())
    assert not seq_scan_heavy_table(activity(table(), seconds=0), activity(statement()), server())
    assert not seq_scan_heavy_table(activity(table()), activity(statement(), seconds=0), server())


def test_a_whole_session_is_high() -> None:
    scans = activity(statement(exec_seconds=3600.0))
    (finding,) = seq_scan_heavy_table(activity(table()), scans, server())
    assert finding.severity is Severity.HIGH
    assert finding.evidence["digest"] == "d"
    assert finding.remedy.statements == (
        "EXPLAIN (GENERIC_PLAN) SELECT * FROM orders WHERE customer = $1;",
    )


def test_entries_of_one_digest_count_together() -> None:
    shares = [statement(user=user, exec_seconds=180.0) for user in ("web", "cron")]
    assert seq_scan_heavy_table(activity(table()), activity(*shares), server())
