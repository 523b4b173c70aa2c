from __future__ import annotations

import pytest

from collectors.mysql.status import Status
from collectors.postgres.databases import Database
from rules.base import Severity
from rules.locks.deadlocks import deadlocks
from tests.make import activity, make, server
from tests.rules.mysql_servers import mysql


@pytest.mark.parametrize(
    ("count", "seconds", "severities"),
    [
        pytest.param(1, 900, [Severity.LOW], id="one in the window"),
        pytest.param(3, 900, [Severity.MEDIUM], id="some"),
        pytest.param(15, 900, [Severity.HIGH], id="one a minute"),
        pytest.param(0, 900, [], id="none"),
        pytest.param(100, 100 * 86400, [], id="one a day since the reset"),
        pytest.param(1, 0, [], id="no time went by"),
    ],
)
def test_deadlocks(count: int, seconds: float, severities: list[Severity]) -> None:
    row = make(Database, database="app", deadlocks=count)
    found = deadlocks(activity(row, seconds=seconds), server())
    assert [f.severity for f in found] == severities


def test_does_not_advise_what_is_set() -> None:
    row = make(Database, database="app", deadlocks=9)
    (told,) = deadlocks(activity(row), server())
    (set_already,) = deadlocks(activity(row), server(settings={"log_lock_waits": "on"}))
    assert told.remedy.statements[0] == "ALTER SYSTEM SET log_lock_waits = 'on';"
    assert set_already.remedy.statements == ()


def test_mysql_is_told_in_its_own_words() -> None:
    row = make(Status, deadlocks=9)
    (told,) = deadlocks(activity(row), mysql())
    assert told.subject.kind == "server"
    assert told.summary.startswith("9 deadlocks on the server")
    assert told.remedy.statements == (
        "SHOW ENGINE INNODB STATUS;",
        "SET PERSIST innodb_print_all_deadlocks = ON;",
    )
    logged = mysql(settings={"innodb_print_all_deadlocks": "ON"})
    (told,) = deadlocks(activity(row), logged)
    assert told.remedy.statements == ()
    assert "error log shows" in told.remedy.text


def test_without_the_privilege_nothing_is_known() -> None:
    assert deadlocks(activity(make(Status, deadlocks=None)), mysql()) == []
