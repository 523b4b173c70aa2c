from __future__ import annotations

from typing import Any

import pytest

from collectors.mysql.detached_transactions import Detached, _Status
from collectors.mysql.sessions import OpenSession
from collectors.mysql.transactions import InnodbTransaction, transactions
from tests.collectors.test_mysql_lock_waits import server, session
from tests.fakes import FakeSession
from tests.make import row

STATUS = """
---TRANSACTION 1, ACTIVE (PREPARED) 60 sec
2 lock struct(s), heap size 1128, 1 row lock(s)
---TRANSACTION 3, ACTIVE 9 sec recovered trx
"""


def asked(*sessions: dict[str, Any], detached: Any = ()) -> tuple[InnodbTransaction, ...]:
    by_type: dict[type[Any], Any] = {
        OpenSession: sessions,
        Detached: detached,
        _Status: [{"status": STATUS}],
    }
    return transactions(FakeSession(server(settings={}), by_type=by_type)).rows


def test_sessions_without_a_transaction_are_left_out() -> None:
    assert asked(session(pid=7)) == ()


@pytest.mark.parametrize(
    ("given", "state"),
    [
        ({"command": "Sleep"}, "idle in transaction"),
        ({"trx_state": "LOCK WAIT"}, "lock wait"),
        ({"trx_state": "RUNNING"}, "active"),
    ],
)
def test_states(given: dict[str, str], state: str) -> None:
    (found,) = asked(session(pid=7, trx="1", **given))
    assert (found.pid, found.state) == (7, state)


@pytest.mark.parametrize(
    ("isolation", "command", "holds"),
    [
        ("REPEATABLE READ", "Sleep", True),
        ("READ COMMITTED", "Sleep", False),
        ("READ COMMITTED", "Query", True),
        ("READ UNCOMMITTED", "Query", False),
    ],
)
def test_who_may_hold_a_snapshot(isolation: str, command: str, holds: bool) -> None:
    (found,) = asked(session(pid=7, trx="1", isolation=isolation, command=command))
    assert found.holds_snapshot is holds


def test_transactions_without_a_session() -> None:
    found = asked(
        detached=[
            row(Detached, trx="1", trx_state="RUNNING", transaction_seconds=60.0),
            row(Detached, trx="2", trx_state="ROLLING BACK"),
            row(Detached, trx="3", trx_state="RUNNING"),
            row(Detached, trx="4", trx_state="RUNNING"),
        ]
    )
    assert [each.pid for each in found] == [0, 0, 0, 0]
    unknown = "without a session"
    assert [each.state for each in found] == ["prepared", "rolling back", unknown, unknown]
    assert found[0].open_seconds == 60.0


def test_what_is_prepared_is_asked_once() -> None:
    by_type: dict[type[Any], Any] = {
        OpenSession: [],
        Detached: [row(Detached, trx="1", trx_state="RUNNING")],
        _Status: [{"status": STATUS}],
    }
    db = FakeSession(server(), by_type=by_type)
    assert [transactions(db).rows[0].state for _ in range(2)] == ["prepared", "prepared"]
    assert sum("INNODB STATUS" in sql for sql in db.ran) == 1
