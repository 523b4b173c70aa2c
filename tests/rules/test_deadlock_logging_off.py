from __future__ import annotations

import pytest

from collectors.mysql.status import Status
from rules.locks.deadlock_logging_off import deadlock_logging_off
from tests.make import activity, make
from tests.rules.mysql_servers import mysql


@pytest.mark.parametrize(
    ("count", "seconds", "setting", "fires"),
    [
        pytest.param(3, 86400, "OFF", True, id="three a day"),
        pytest.param(3, 86400, "ON", False, id="they are logged"),
        pytest.param(1, 3600, "OFF", False, id="one an hour: deadlocks tells"),
        pytest.param(0, 86400, "OFF", False, id="none"),
        pytest.param(None, 86400, "OFF", False, id="not counted"),
        pytest.param(3, 0, "OFF", False, id="no time went by"),
    ],
)
def test_deadlock_logging_off(count: int | None, seconds: float, setting: str, fires: bool) -> None:
    where = mysql(settings={"innodb_print_all_deadlocks": setting})
    row = make(Status, deadlocks=count)
    assert bool(deadlock_logging_off(activity(row, seconds=seconds), where)) is fires


def test_remedy() -> None:
    where = mysql(settings={"innodb_print_all_deadlocks": "OFF"})
    (told,) = deadlock_logging_off(activity(make(Status, deadlocks=1), seconds=86400), where)
    assert told.remedy.statements == ("SET PERSIST innodb_print_all_deadlocks = ON;",)
