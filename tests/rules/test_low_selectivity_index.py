from __future__ import annotations

from typing import Any

import pytest

from collectors.snapshot import Snapshot
from collectors.snapshots.schema import Column, ForeignKey, Index
from rules.indexes.low_selectivity_index import low_selectivity_index
from tests.make import make, snapshot

KEYS: Snapshot[ForeignKey] = snapshot()


def index(**given: Any) -> Index:
    about = {
        "table": "t",
        "index": "i",
        "method": "btree",
        "columns": ("state",),
        "valid": True,
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
    assert bool(low_selectivity_index(snapshot(it), snapshot(values), KEYS)) is fires


def test_foreign_key_needs_it() -> None:
    keys = snapshot(make(ForeignKey, table="t", columns=("state",)))
    assert low_selectivity_index(snapshot(index()), snapshot(column()), keys) == []


def test_skew_asks_for_a_partial_index() -> None:
    busy = snapshot(index(scans=10, rows_read=10**6))
    (finding,) = low_selectivity_index(busy, snapshot(RARE), KEYS)
    assert "partial index" in finding.remedy.text
