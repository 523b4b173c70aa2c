from __future__ import annotations

import pytest

from collectors.mysql.innodb import Innodb
from rules.settings.log_buffer_waits import log_buffer_waits
from tests.make import activity, make
from tests.rules.mysql_servers import mariadb, mysql
from tests.rules.mysql_settings import GB, MB, variables


def test_fires() -> None:
    innodb = activity(make(Innodb, log_buffer_waits=121), seconds=7200.0)
    (finding,) = log_buffer_waits(innodb, variables(innodb_log_buffer_size=16 * MB), mysql())
    assert finding.remedy.statements == (f"SET PERSIST innodb_log_buffer_size = {64 * MB};",)
    assert finding.remedy.rollback.endswith(f"= {16 * MB};")


def test_on_mariadb_it_takes_a_restart() -> None:
    innodb = activity(make(Innodb, log_buffer_waits=100), seconds=60.0)
    name = "innodb_log_buffer_size"
    (finding,) = log_buffer_waits(innodb, variables((name,), **{name: 16 * MB}), mariadb())
    assert finding.remedy.statements[-1] == "-- then restart the server"


@pytest.mark.parametrize(
    ("waits", "written", "size", "seconds"),
    [
        pytest.param(0, 900 * GB, MB, 3600.0, id="much is written but nobody waits (#938)"),
        pytest.param(60, GB, 16 * MB, 3600.0, id="one a minute, just tolerated"),
        pytest.param(9000, GB, 64 * MB, 60.0, id="as advised already (#503, #770)"),
        pytest.param(9000, GB, 8 * GB, 60.0, id="huge already (#783)"),
        pytest.param(9000, GB, 16 * MB, 0.0, id="first look"),
    ],
)
def test_quiet(waits: int, written: int, size: int, seconds: float) -> None:
    row = make(Innodb, log_buffer_waits=waits, redo_written_bytes=written)
    given = variables(innodb_log_buffer_size=size)
    assert not log_buffer_waits(activity(row, seconds=seconds), given, mysql())


def test_aurora_has_no_such_log() -> None:
    innodb = activity(make(Innodb, log_buffer_waits=1000), seconds=60.0)
    given = variables(innodb_log_buffer_size=16 * MB)
    assert not log_buffer_waits(innodb, given, mysql(platform="aurora"))
