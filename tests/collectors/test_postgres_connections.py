from __future__ import annotations

from collectors.postgres.connections import connections
from collectors.snapshots.sessions import Connections
from tests.fakes import FakeSession
from tests.make import make, row, server


def test_one_row_a_database_user_and_state() -> None:
    db = FakeSession(server(13), [row(Connections, state="idle", connections=4)])
    assert connections(db).rows == (make(Connections, state="idle", connections=4),)


def test_says_what_it_needs() -> None:
    assert connections.unmet(server(18, grants=frozenset())) == [
        "needs membership of pg_read_all_stats; role dbtriage has none; "
        'run GRANT pg_read_all_stats TO "dbtriage"'
    ]
