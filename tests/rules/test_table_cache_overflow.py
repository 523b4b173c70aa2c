from __future__ import annotations

from typing import Any

import pytest

from collectors.mysql.status import Status
from collectors.snapshot import Activity
from rules.settings.table_cache_overflow import table_cache_overflow
from tests.make import activity, make
from tests.rules.mysql_servers import mysql
from tests.rules.mysql_settings import variables


def status(overflows: int | None, seconds: float = 100.0, **given: Any) -> Activity[Status]:
    return activity(make(Status, table_cache_overflows=overflows, **given), seconds=seconds)


def test_fires() -> None:
    given = variables(table_open_cache=2000, open_files_limit=20_000, max_connections=151)
    row = status(101, table_cache_hits=300, table_cache_misses=100)
    (finding,) = table_cache_overflow(row, given, mysql())
    assert finding.remedy.statements == ("SET PERSIST table_open_cache = 4000;",)
    assert "25 % of lookups" in finding.summary


def test_the_files_it_needs_come_first() -> None:
    given = variables(table_open_cache=2000, open_files_limit=5000, max_connections=151)
    (finding,) = table_cache_overflow(status(500), given, mysql())
    assert "open_files_limit = 8161" in finding.remedy.statements[1]
    assert finding.remedy.statements[-1] == "-- then restart the server"


@pytest.mark.parametrize(
    ("row", "size"),
    [
        pytest.param(status(100), 2000, id="one a second, just tolerated"),
        pytest.param(status(0, table_cache_misses=9000), 2000, id="cold, misses but room (#503)"),
        pytest.param(status(None, tables_opened=9000), 2000, id="not counted"),
        pytest.param(status(9000), 65536, id="as large as advised (#783)"),
        pytest.param(status(9000, seconds=0.0), 2000, id="first look"),
    ],
)
def test_quiet(row: Activity[Status], size: int) -> None:
    given = variables(table_open_cache=size, table_open_cache_instances=size)
    assert not table_cache_overflow(row, given, mysql())
