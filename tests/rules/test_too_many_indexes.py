from __future__ import annotations

from typing import Any

import pytest

from collectors.mysql.tables import MysqlTable
from collectors.postgres.postgres_table import PostgresTable
from collectors.snapshots.schema import Index
from rules.base import Severity
from rules.indexes.too_many_indexes import too_many_indexes
from tests.make import activity, make, snapshot


def indexes(count: int, **given: Any) -> list[Index]:
    return [
        make(Index, **{"table": "t", "index": f"i{n}", "scans": 0, **given}) for n in range(count)
    ]


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


@pytest.mark.parametrize(
    ("given", "count", "fires"),
    [
        pytest.param({"inserts": 180_000}, 11, True, id="eleven, 50 inserts a second"),
        pytest.param({"inserts": 90_000, "deletes": 90_000}, 11, True, id="deletes count too"),
        pytest.param({"updates": 900_000}, 11, False, id="updates may change no index"),
        pytest.param({"inserts": 180_000}, 10, False, id="ten"),
        pytest.param({"inserts": None}, 20, False, id="writes are not counted"),
    ],
)
def test_on_mysql(given: dict[str, int | None], count: int, fires: bool) -> None:
    it = make(MysqlTable, **{"table": "t", "heap_bytes": 1000, **given})
    its = indexes(count, scans=None, rows_read=0)
    key = make(Index, table="t", index="PRIMARY", primary=True)
    assert bool(too_many_indexes(activity(it), snapshot(*its, key))) is fires


def test_least_read_ones_are_named_on_mysql() -> None:
    it = make(MysqlTable, table="t", inserts=180_000)
    its = indexes(11, scans=None, rows_read=7)
    (finding,) = too_many_indexes(activity(it), snapshot(*its))
    assert "(7 rows read)" in str(finding.evidence["least_scanned"])
    assert "table_io_waits_summary_by_index_usage" in finding.remedy.statements[0]
    (finding,) = too_many_indexes(activity(it), snapshot(*indexes(11, scans=None)))
    assert "not counted" in str(finding.evidence["least_scanned"])
    assert finding.evidence["unscanned_indexes"] == 0
