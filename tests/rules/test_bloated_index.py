from __future__ import annotations

from typing import Any

import pytest

from collectors.snapshots.schema import Column, Index
from rules.base import Severity
from rules.indexes.bloated_index import bloated_index
from tests.make import make, snapshot

MEGABYTE = 2**20
COLUMNS = snapshot(
    make(Column, table="t", column="a", type="bigint", average_bytes=8, distinct_values=1e9)
)


def index(**given: Any) -> Index:
    """A million entries: 22.5 MB when fresh."""
    about = {
        "table": "t",
        "index": "i",
        "method": "btree",
        "columns": ("a",),
        "valid": True,
        "rows": 1e6,
        "size_bytes": 150 * MEGABYTE,
    }
    return make(Index, **{**about, **given})


@pytest.mark.parametrize(
    ("it", "fires"),
    [
        pytest.param(index(), True, id="mostly empty"),
        pytest.param(index(size_bytes=121 * MEGABYTE), False, id="less than 100 MB empty"),
        pytest.param(index(rows=8e6, size_bytes=300 * MEGABYTE), False, id="less than half empty"),
        pytest.param(index(rows=0.0), True, id="no entries left"),
        pytest.param(index(rows=None), False, id="never analysed"),
        pytest.param(index(columns=("b",)), False, id="no statistics of the column"),
        pytest.param(index(method="gin"), False, id="not a b-tree"),
        pytest.param(index(valid=False), False, id="invalid has its own rule"),
    ],
)
def test_bloated_index(it: Index, fires: bool) -> None:
    assert bool(bloated_index(snapshot(it), COLUMNS)) is fires


def test_a_gigabyte_is_for_this_week() -> None:
    (finding,) = bloated_index(snapshot(index(size_bytes=2**31)), COLUMNS)
    assert finding.severity is Severity.MEDIUM
    assert "pgstatindex" in finding.remedy.verify


def test_limits_are_tunable() -> None:
    small = snapshot(index(size_bytes=30 * MEGABYTE))
    assert bloated_index(small, COLUMNS) == []
    assert len(bloated_index(small, COLUMNS, minimum_bytes=MEGABYTE, minimum_ratio=0.2)) == 1
