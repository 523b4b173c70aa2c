from __future__ import annotations

from typing import Any

import pytest

from collectors.postgres.postgres_table import PostgresTable
from rules.tables.table_bloat import table_bloat
from tests.make import make, snapshot

GIGABYTE = 2**30


def table(**given: Any) -> PostgresTable:
    """Ten million rows of 100 bytes: 75 a page, 1.02 GB."""
    about = {
        "schema": "public",
        "table": "t",
        "rows": 1e7,
        "row_bytes": 100.0,
        "fillfactor": 100,
        "heap_bytes": 3 * GIGABYTE,
    }
    return make(PostgresTable, **{**about, **given})


@pytest.mark.parametrize(
    ("it", "fires"),
    [
        pytest.param(table(), True, id="two thirds are empty"),
        pytest.param(table(heap_bytes=2 * GIGABYTE), False, id="under a gigabyte empty"),
        pytest.param(table(rows=2e7), False, id="under 40 % empty"),
        pytest.param(table(fillfactor=50), False, id="room that fillfactor leaves"),
        pytest.param(table(rows=0.0, live_rows=3 * 10**7), False, id="rows are not counted yet"),
        pytest.param(table(rows=None), False, id="never analysed"),
        pytest.param(table(row_bytes=None), False, id="row width not known"),
        pytest.param(table(heap_bytes=0), False, id="empty"),
        pytest.param(table(row_bytes=9000.0), False, id="wider than a page"),
    ],
)
def test_table_bloat(it: PostgresTable, fires: bool) -> None:
    assert bool(table_bloat(snapshot(it))) is fires


def test_estimate() -> None:
    (finding,) = table_bloat(snapshot(table()))
    assert finding.evidence["estimated_needed_bytes"] == 133_334 * 8192
    assert finding.impact.value == 3 * GIGABYTE - 133_334 * 8192


def test_limits_are_tunable() -> None:
    small = snapshot(table(rows=1e5, heap_bytes=20 * 2**20))
    assert table_bloat(small) == []
    assert len(table_bloat(small, minimum_bytes=2**20)) == 1
