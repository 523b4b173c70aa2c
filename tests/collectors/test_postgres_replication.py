from __future__ import annotations

from collectors.postgres.replication import replication
from collectors.snapshots.replication import Replica
from tests.fakes import FakeSession
from tests.make import make, row, server


def test_one_row_a_standby() -> None:
    given = row(Replica, replica="east", replay_lag_seconds=0.0)
    db = FakeSession(server(13), [given])
    assert replication(db).rows == (make(Replica, replica="east", replay_lag_seconds=0.0),)


def test_asks_no_function_of_a_primary_on_a_replica() -> None:
    db = FakeSession(server(18, is_replica=True))
    assert replication(db).rows == ()
    before, _, _ = db.ran[0].partition("pg_current_wal_lsn()")
    assert "CASE WHEN pg_is_in_recovery()" in before


def test_says_what_it_needs() -> None:
    assert replication.unmet(server(12, grants=frozenset())) == [
        "needs postgres >= 13; found postgres 12",
        "needs membership of pg_read_all_stats; role dbtriage has none; "
        'run GRANT pg_read_all_stats TO "dbtriage"',
    ]
