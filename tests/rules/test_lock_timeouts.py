from __future__ import annotations

import pytest

from collectors.mysql.errors import ErrorCount
from collectors.mysql.innodb import Innodb
from rules.base import Severity
from rules.locks.lock_timeouts import lock_timeouts
from tests.make import activity, make
from tests.rules.mysql_servers import mysql


@pytest.mark.parametrize(
    ("count", "seconds", "severities"),
    [
        pytest.param(6, 3600, [None], id="some"),
        pytest.param(5, 3600, [], id="just not"),
        pytest.param(1, 60, [], id="one"),
        pytest.param(10, 60, [Severity.MEDIUM], id="ten a minute"),
        pytest.param(100, 100 * 86400, [], id="one a day since the start"),
        pytest.param(9, 0, [], id="no time went by"),
        pytest.param(None, 60, [], id="not counted"),
    ],
)
def test_lock_timeouts(count: int | None, seconds: float, severities: list[Severity]) -> None:
    row = make(Innodb, lock_timeouts=count)
    found = lock_timeouts(activity(row, seconds=seconds), None, mysql())
    assert [f.severity for f in found] == severities


def test_errors_tell_where_innodb_does_not() -> None:
    row = make(Innodb)
    raised = (make(ErrorCount, number=1205, raised=9), make(ErrorCount, number=1213, raised=9))
    (told,) = lock_timeouts(activity(row), activity(*raised), mysql())
    assert told.evidence["lock_timeouts"] == 9


def test_says_what_stays_open() -> None:
    row = make(Innodb, lock_timeouts=9)
    (told,) = lock_timeouts(activity(row), None, mysql())
    assert "undid its last statement only" in told.remedy.text
    whole = mysql(settings={"innodb_rollback_on_timeout": "ON"})
    (told,) = lock_timeouts(activity(row), None, whole)
    assert "undid" not in told.remedy.text
