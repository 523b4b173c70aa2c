from __future__ import annotations

from typing import Any

import pytest

from collectors.postgres.postgres_table import PostgresTable
from collectors.snapshot import Activity
from rules.base import Severity
from rules.tables.stale_statistics import stale_statistics
from tests.make import activity, make, snapshot

NOW = 1e9


def table(**given: Any) -> PostgresTable:
    about = {
        "schema": "public",
        "table": "t",
        "oid": 1,
        "kind": "table",
        "autovacuum": True,
        "live_rows": 100_000,
        "modified_rows": 20_001,
        "analyzed_at": NOW - 3600,
    }
    return make(PostgresTable, **{**about, **given})


@pytest.mark.parametrize(
    ("it", "fires"),
    [
        pytest.param(table(), True, id="a fifth changed"),
        pytest.param(table(modified_rows=20_000), False, id="just not a fifth"),
        pytest.param(table(analyzed_at=NOW - 599), False, id="analysed minutes ago"),
        pytest.param(table(live_rows=9_999, modified_rows=10**6), False, id="small table"),
        pytest.param(
            table(live_rows=10_000, modified_rows=10_000), False, id="under ten thousand changes"
        ),
        pytest.param(
            table(analyzed_at=None, live_rows=10_000, modified_rows=10_000),
            True,
            id="never analysed",
        ),
        pytest.param(table(kind="partitioned table"), False, id="a parent has its own rule"),
    ],
)
def test_stale_statistics(it: PostgresTable, fires: bool) -> None:
    assert bool(stale_statistics(snapshot(it, taken_at=NOW), activity())) is fires


@pytest.mark.parametrize(
    ("changes", "autovacuum", "severity"),
    [
        pytest.param(activity(), True, None, id="old changes"),
        pytest.param(None, True, Severity.LOW, id="not watched"),
        pytest.param(activity(accumulated=True), True, Severity.LOW, id="first look"),
        pytest.param(None, False, None, id="nobody will analyse it"),
    ],
)
def test_a_new_table_may_yet_be_analysed(
    changes: Activity[PostgresTable] | None, autovacuum: bool, severity: Severity | None
) -> None:
    new = snapshot(table(analyzed_at=None, autovacuum=autovacuum), taken_at=NOW)
    (finding,) = stale_statistics(new, changes)
    assert finding.severity is severity


def test_changes_of_the_window_do_not_count() -> None:
    changes = activity(table(inserts=1))
    assert stale_statistics(snapshot(table(), taken_at=NOW), changes) == []
