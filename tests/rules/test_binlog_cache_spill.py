from __future__ import annotations

import pytest

from collectors.mysql.status import Status
from rules.replication.binlog_cache_spill import binlog_cache_spill
from tests.make import activity, make
from tests.rules.mysql_servers import mysql
from tests.rules.mysql_settings import MB, variables


@pytest.mark.parametrize(
    ("size", "target"),
    [pytest.param(32768, MB, id="the default"), pytest.param(MB, 4 * MB, id="1 MB already")],
)
def test_fires(size: int, target: int) -> None:
    row = make(Status, binlog_cache_uses=2000, binlog_cache_disk_uses=101)
    given = variables(binlog_cache_size=size)
    (finding,) = binlog_cache_spill(activity(row, seconds=100.0), given, mysql())
    assert finding.remedy.statements == (f"SET PERSIST binlog_cache_size = {target};",)


@pytest.mark.parametrize(
    ("uses", "spilled", "size", "seconds"),
    [
        pytest.param(4000, 200, 32768, 100.0, id="one of twenty, just tolerated"),
        pytest.param(100, 100, 32768, 100.0, id="one a second, just tolerated"),
        pytest.param(2000, 2000, 4 * MB, 100.0, id="as advised already (#503)"),
        pytest.param(None, None, 32768, 100.0, id="no binary log"),
        pytest.param(0, 0, 32768, 100.0, id="nothing was written"),
        pytest.param(2000, 2000, 32768, 0.0, id="first look"),
    ],
)
def test_quiet(uses: int | None, spilled: int | None, size: int, seconds: float) -> None:
    row = make(Status, binlog_cache_uses=uses, binlog_cache_disk_uses=spilled)
    given = variables(binlog_cache_size=size)
    assert not binlog_cache_spill(activity(row, seconds=seconds), given, mysql())
