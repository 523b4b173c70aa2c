from __future__ import annotations

import pytest

from collectors.postgres.lock_waits import lock_waits
from collectors.snapshots.locks import LockWait
from tests.fakes import FakeSession
from tests.make import row, server


@pytest.mark.parametrize(
    ("version", "clock"),
    [
        ((13, 4), "NULL::timestamptz AS since"),
        ((14,), "l.waitstart AS since"),
        ((18, 1), "l.waitstart AS since"),
    ],
)
def test_measures_the_wait_with_the_best_clock(version: tuple[int, ...], clock: str) -> None:
    db = FakeSession(server(*version), [row(LockWait, blocker=42)])
    assert [wait.blocker for wait in lock_waits(db).rows] == [42]
    assert clock in db.ran[0]


def test_shows_no_literal_of_either_statement() -> None:
    given = row(
        LockWait,
        waiter_query="UPDATE t SET a = 'secret'",
        blocker_query="SELECT * FROM t WHERE b = 42",
    )
    (wait,) = lock_waits(FakeSession(server(18), [given])).rows
    assert wait.waiter_query == "UPDATE t SET a = ?"
    assert wait.blocker_query == "SELECT * FROM t WHERE b = ?"


def test_says_what_it_needs() -> None:
    assert lock_waits.unmet(server(12, grants=frozenset())) == [
        "needs postgres >= 13; found postgres 12",
        "needs membership of pg_read_all_stats; role dbtriage has none; "
        'run GRANT pg_read_all_stats TO "dbtriage"',
    ]
