from __future__ import annotations

from typing import Any

import pytest

from collectors.snapshot import Snapshot
from collectors.snapshots.schema import Column, ForeignKey, Index
from rules.indexes.low_selectivity_index import low_selectivity_index
from tests.make import make, server, snapshot
from tests.rules.mysql_servers import mysql

KEYS: Snapshot[ForeignKey] = snapshot()


def index(**given: Any) -> Index:
    about = {
        "table": "t",
        "index": "i",
        "method": "btree",
        "columns": ("state",),
        "valid": True,
        "visible": True,
        "scans": 0,
        "rows": 1e6,
        "size_bytes": 10 * 2**20,
    }
    return make(Index, **{**about, **given})


def column(**given: Any) -> Column:
    about = {"table": "t", "column": "state", "distinct_values": 2.0, "common_ratios": (0.6, 0.4)}
    return make(Column, **{**about, **given})


RARE = column(common_ratios=(0.999, 0.001))


@pytest.mark.parametrize(
    ("it", "values", "fires"),
    [
        pytest.param(index(), column(), True, id="two common values, nobody scans it"),
        pytest.param(index(), RARE, False, id="a rare value may be looked for"),
        pytest.param(index(scans=10, rows_read=10_000), RARE, False, id="rare value is looked for"),
        pytest.param(index(scans=10, rows_read=10**6), RARE, True, id="common value is looked for"),
        pytest.param(index(), column(distinct_values=6.0), False, id="six values"),
        pytest.param(index(), column(distinct_values=None), False, id="never analysed"),
        pytest.param(index(rows=None), column(), False, id="rows not known"),
        pytest.param(index(rows=0.0), column(), False, id="empty"),
        pytest.param(index(size_bytes=1), column(), False, id="small"),
        pytest.param(index(predicate="(a > 0)"), column(), False, id="partial"),
        pytest.param(index(columns=("state", "at")), column(), False, id="two columns"),
        pytest.param(index(unique=True), column(), False, id="unique"),
        pytest.param(
            index(), column(distinct_values=1.0, common_ratios=(0.5,), null_ratio=0.5), True,
            id="NULL is common too",
        ),
        pytest.param(
            index(), column(distinct_values=1.0, common_ratios=(0.01,), null_ratio=0.99), False,
            id="values are rare among NULLs",
        ),
    ],
)  # fmt: skip
def test_low_selectivity_index(it: Index, values: Column, fires: bool) -> None:
    assert bool(low_selectivity_index(snapshot(it), snapshot(values), KEYS, server())) is fires


def test_foreign_key_needs_it() -> None:
    keys = snapshot(make(ForeignKey, table="t", columns=("state",)))
    assert low_selectivity_index(snapshot(index()), snapshot(column()), keys, server()) == []


def test_skew_asks_for_a_partial_index() -> None:
    busy = snapshot(index(scans=10, rows_read=10**6))
    (finding,) = low_selectivity_index(busy, snapshot(RARE), KEYS, server())
    assert "partial index" in finding.remedy.text


DAY = 86400.0
NOW = 1e9


def of_mysql(**given: Any) -> Index:
    about = {"scans": None, "rows_read": 0, "prefixes": (0,), "distinct_values": 2.0}
    return index(**{**about, **given})


@pytest.mark.parametrize(
    ("it", "values", "days", "fires"),
    [
        pytest.param(of_mysql(), [], 7, True, id="two values, nobody reads it for a week"),
        pytest.param(of_mysql(), [], 30, False, id="after a month unused-index tells"),
        pytest.param(of_mysql(), [], 6.9, False, id="restarted less than a week ago"),
        pytest.param(of_mysql(rows_read=1), [], 29, False, id="a rare value may be looked for"),
        pytest.param(of_mysql(rows_read=None), [], 29, False, id="performance_schema is off"),
        pytest.param(of_mysql(distinct_values=6.0), [], 29, False, id="six values"),
        pytest.param(of_mysql(distinct_values=None), [], 29, False, id="never analysed"),
        pytest.param(of_mysql(rows=None), [], 29, False, id="rows not known"),
        pytest.param(of_mysql(visible=False), [], 29, False, id="hidden"),
        pytest.param(of_mysql(rows_read=9), [column()], 1, True, id="a histogram: all are common"),
        pytest.param(of_mysql(), [RARE], 29, False, id="a histogram: one is rare"),
        pytest.param(
            of_mysql(distinct_values=None), [column(common_ratios=())], 29, True,
            id="the column knows its values",
        ),
    ],
)  # fmt: skip
def test_on_mysql(it: Index, values: list[Column], days: float, fires: bool) -> None:
    at = snapshot(it, taken_at=NOW, counting_since=NOW - days * DAY)
    assert bool(low_selectivity_index(at, snapshot(*values), KEYS, mysql())) is fires


def test_mysql_has_no_partial_index() -> None:
    at = snapshot(of_mysql(), taken_at=NOW, counting_since=NOW - 29 * DAY)
    (finding,) = low_selectivity_index(at, snapshot(), KEYS, mysql())
    assert "partial" not in finding.remedy.text
    assert "INVISIBLE" in finding.remedy.statements[1]
