from __future__ import annotations

from typing import Any

import pytest

from collectors.mysql.tables import MysqlTable
from rules.base import Severity
from rules.indexes.oversized_primary_key import oversized_primary_key
from tests.make import make, snapshot

GB = 2**30


def table(**given: Any) -> MysqlTable:
    about = {
        "schema": "shop",
        "table": "t",
        "storage_engine": "InnoDB",
        "heap_bytes": GB,
        "rows": 1e6,
        "primary_key": ("uuid",),
        "primary_key_bytes": 36,
        "secondary_indexes": 3,
        "index_bytes": GB,
    }
    return make(MysqlTable, **{**about, **given})


@pytest.mark.parametrize(
    ("it", "severities"),
    [
        pytest.param(table(), [None], id="a UUID as text, three indexes"),
        pytest.param(table(primary_key_bytes=16), [], id="a UUID as 16 bytes"),
        pytest.param(table(primary_key_bytes=17), [None], id="17 bytes"),
        pytest.param(table(primary_key_bytes=None), [], id="width not known"),
        pytest.param(table(secondary_indexes=2), [], id="two indexes"),
        pytest.param(table(heap_bytes=1, index_bytes=1), [], id="small"),
        pytest.param(table(heap_bytes=9 * GB), [Severity.MEDIUM], id="10 GB"),
        pytest.param(table(storage_engine="MyISAM"), [], id="MyISAM repeats no key"),
    ],
)
def test_oversized_primary_key(it: MysqlTable, severities: list[Severity | None]) -> None:
    assert [f.severity for f in oversized_primary_key(snapshot(it))] == severities


@pytest.mark.parametrize(
    ("given", "saved"),
    [
        pytest.param({}, (36 - 8) * 1e6 * 3, id="beside a number"),
        pytest.param({"rows": 1e9}, GB, id="never more than the indexes have"),
        pytest.param({"rows": None}, 0, id="rows not known"),
    ],
)
def test_what_is_saved(given: dict[str, Any], saved: float) -> None:
    (finding,) = oversized_primary_key(snapshot(table(**given)))
    assert finding.evidence["estimated_saved_bytes"] == saved


def test_limits_are_tunable() -> None:
    small = snapshot(table(heap_bytes=1, index_bytes=0, secondary_indexes=1))
    assert len(oversized_primary_key(small, minimum_bytes=1, minimum_indexes=1)) == 1
    assert oversized_primary_key(snapshot(table()), maximum_key_bytes=36) == []


def test_the_old_key_stays_unique() -> None:
    (finding,) = oversized_primary_key(snapshot(table(primary_key=("a", "order"))))
    assert "ADD UNIQUE INDEX former_key (a, `order`)" in finding.remedy.statements[0]
