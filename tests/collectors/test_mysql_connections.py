from __future__ import annotations

from collectors.mysql.connections import connections
from collectors.mysql.sessions import OpenSession
from collectors.snapshots.sessions import Connections
from tests.collectors.test_mysql_lock_waits import server, session
from tests.fakes import FakeSession


def test_counts_by_database_user_and_state() -> None:
    given = [
        session(pid=1, command="Sleep", state_seconds=5.0),
        session(pid=2, command="Sleep", state_seconds=9.0),
        session(pid=3, command="Sleep", trx="1", state_seconds=1.0),
        session(pid=4, state_seconds=2.0),
        session(pid=5, user="system user"),
    ]
    db = FakeSession(server("mariadb", settings={}), by_type={OpenSession: given})
    assert set(connections(db).rows) == {
        Connections("shop", "app", "idle", 2, 9.0),
        Connections("shop", "app", "idle in transaction", 1, 1.0),
        Connections("shop", "app", "active", 1, 2.0),
    }
