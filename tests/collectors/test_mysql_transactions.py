from __future__ import annotations

from typing import Any

import pytest

from collectors.mysql.detached_transactions import Detached
from collectors.mysql.sessions import OpenSession
from collectors.mysql.transactions import InnodbTransaction, transactions
from tests.collectors.test_mysql_lock_waits import server, session
from tests.fakes import FakeSession
from tests.make import row


def asked(*sessions: dict[str, Any], detached: Any = ()) -> tuple[InnodbTransaction, ...]:
    by_type: dict[type[Any], Any] = {OpenSession: sessions, Detached: detached}
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
    prepared = row(Detached, trx="1", trx_state="RUNNING", transaction_seconds=60.0)
    recovered = row(Detached, trx="2", trx_state="ROLLING BACK")
    one, other = asked(detached=[prepared, recovered])
    assert (one.pid, one.state, one.open_seconds) == (0, "prepared", 60.0)
    assert other.state == "rolling back"
