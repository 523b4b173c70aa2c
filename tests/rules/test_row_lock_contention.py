from __future__ import annotations

import pytest

from collectors.mysql.innodb import Innodb
from rules.locks.row_lock_contention import row_lock_contention
from tests.make import activity, make, snapshot
from tests.rules.loads import load
from tests.rules.mysql_servers import mariadb, mysql
from tests.rules.waits import wait

HALF = make(Innodb, row_lock_waits=3600, row_lock_seconds=1800.0)


@pytest.mark.parametrize(
    ("row", "seconds", "fires"),
    [
        pytest.param(HALF, 3600, True, id="half a session"),
        pytest.param(HALF, 3601, False, id="just not"),
        pytest.param(make(Innodb, row_lock_waits=9, row_lock_seconds=450.0), 60, False, id="nine"),
        pytest.param(make(Innodb), 3600, False, id="no waits"),
        pytest.param(HALF, 0, False, id="no time went by"),
    ],
)
def test_row_lock_contention(row: Innodb, seconds: float, fires: bool) -> None:
    found = row_lock_contention(activity(row, seconds=seconds), None, None, mysql())
    assert bool(found) is fires


def test_told_by_others() -> None:
    innodb = activity(HALF)
    sampled = load(("Lock:row", 0.3))
    assert row_lock_contention(innodb, sampled, None, mysql()) == []
    assert row_lock_contention(innodb, load(("Lock:row", 0.09)), None, mysql()) != []
    assert row_lock_contention(innodb, None, snapshot(wait(2, 1, 9.0)), mysql()) == []
    assert row_lock_contention(innodb, None, snapshot(wait(2, 1, 0.1)), mysql()) != []


def test_gaps_are_locked_at_repeatable_read_only() -> None:
    name = "transaction_isolation"
    (told,) = row_lock_contention(
        activity(HALF), None, None, mysql(settings={name: "REPEATABLE-READ"})
    )
    assert "lock gaps" in told.remedy.text
    committed = mariadb(settings={name: "READ-COMMITTED"})
    (told,) = row_lock_contention(activity(HALF), None, None, committed)
    assert "gaps" not in told.remedy.text
    assert "innodb_lock_waits" in told.remedy.statements[0]
