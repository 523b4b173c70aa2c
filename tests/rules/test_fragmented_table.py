from __future__ import annotations

from typing import Any

import pytest

from collectors.mysql.tables import MysqlTable
from rules.tables.fragmented_table import fragmented_table
from tests.make import make, snapshot
from tests.rules.mysql_servers import mysql

GB = 2**30


def table(**given: Any) -> MysqlTable:
    about = {"schema": "shop", "table": "t", "storage_engine": "InnoDB"}
    return make(MysqlTable, **{**about, "heap_bytes": GB, "free_bytes": GB, **given})


@pytest.mark.parametrize(
    ("it", "fires"),
    [
        pytest.param(table(), True, id="half of 2 GB"),
        pytest.param(table(free_bytes=GB - 1), False, id="under 1 GB"),
        pytest.param(table(heap_bytes=6 * GB, free_bytes=4 * GB), True, id="40 %"),
        pytest.param(table(heap_bytes=7 * GB, free_bytes=4 * GB), False, id="under 40 %"),
        pytest.param(
            table(index_bytes=6 * GB, free_bytes=4 * GB), False, id="indexes are in the same file"
        ),
        pytest.param(table(heap_bytes=0), True, id="emptied"),
        pytest.param(table(free_bytes=None), False, id="in a shared tablespace"),
        pytest.param(table(storage_engine="MyISAM"), False, id="not InnoDB"),
    ],
)
def test_fragmented_table(it: MysqlTable, fires: bool) -> None:
    assert bool(fragmented_table(snapshot(it), mysql())) is fires


def test_aurora_gives_room_back() -> None:
    assert fragmented_table(snapshot(table()), mysql(platform="aurora")) == []


def test_limits_are_tunable() -> None:
    small = snapshot(table(heap_bytes=0, free_bytes=1))
    assert len(fragmented_table(small, mysql(), minimum_bytes=1)) == 1
    empty = snapshot(table(heap_bytes=0, free_bytes=0))
    (finding,) = fragmented_table(empty, mysql(), minimum_bytes=0)
    assert finding.evidence["free_ratio"] == 0


def test_it_is_rebuilt_online() -> None:
    (finding,) = fragmented_table(snapshot(table()), mysql())
    assert finding.remedy.statements[1] == (
        "ALTER TABLE shop.t ENGINE=InnoDB, ALGORITHM=INPLACE, LOCK=NONE;"
    )
