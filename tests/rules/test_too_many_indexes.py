from __future__ import annotations

from typing import Any

import pytest

from collectors.postgres.postgres_table import PostgresTable
from collectors.snapshots.schema import Index
from rules.base import Severity
from rules.indexes.too_many_indexes import too_many_indexes
from tests.make import activity, make, snapshot


def indexes(count: int, **given: Any) -> list[Index]:
    return [make(Index, table="t", index=f"i{n}", **given) for n in range(count)]


def table(**given: Any) -> PostgresTable:
    return make(PostgresTable, **{"table": "t", "inserts": 180_000, "heap_bytes": 1000, **given})


@pytest.mark.parametrize(
    ("it", "count", "fires"),
    [
        pytest.param(table(), 11, True, id="eleven, 50 writes a second"),
        pytest.param(table(), 10, False, id="ten"),
        pytest.param(table(inserts=179_000), 11, False, id="too few writes"),
        pytest.param(table(inserts=0, updates=200_000, hot_updates=150_000), 11, False, id="HOT"),
        pytest.param(table(index_bytes=2001), 6, True, id="twice the table's size"),
        pytest.param(table(index_bytes=2001), 5, False, id="big, but few"),
        pytest.param(table(heap_bytes=0, index_bytes=2001), 6, False, id="empty table"),
    ],
)
def test_too_many_indexes(it: PostgresTable, count: int, fires: bool) -> None:
    assert bool(too_many_indexes(activity(it), snapshot(*indexes(count)))) is fires


def test_severity_follows_what_unscanned_ones_cost() -> None:
    busy = activity(table(inserts=3600 * 4000))
    (finding,) = too_many_indexes(busy, snapshot(*indexes(11)))
    assert finding.severity is Severity.MEDIUM
    (finding,) = too_many_indexes(busy, snapshot(*indexes(11, scans=5)))
    assert finding.severity is None


def test_no_time_passed() -> None:
    assert too_many_indexes(activity(table(), seconds=0), snapshot(*indexes(20))) == []
