from __future__ import annotations

from collectors.postgres.checkpoints import Checkpoints
from collectors.postgres.databases import Database
from collectors.postgres.wal import Wal
from collectors.snapshots.sessions import Connections
from rules.settings.parameter_counters import Counted, counted
from tests.aws.rows import GIB
from tests.make import make, snapshot


def test_counts_of_one_look() -> None:
    day = {"taken_at": 86_400.0, "counting_since": 0.0}
    found = counted(
        snapshot(make(Database, temp_bytes=24 * GIB, deadlocks=5), **day),
        snapshot(make(Checkpoints, timed=100, requested=300), **day),
        snapshot(make(Wal, bytes=864_000), **day),
        snapshot(
            make(Connections, state="idle in transaction", oldest_state_seconds=70.0),
            make(Connections, state="idle", oldest_state_seconds=7000.0),
        ),
    )
    assert found == Counted(1.0 * GIB, 5.0, 0.75, 216.0, 10.0, 70.0)


def test_counts_of_a_moment_or_of_nothing_are_not_known() -> None:
    new = snapshot(make(Database, temp_bytes=GIB), taken_at=100.0, counting_since=0.0)
    assert counted(new, None, None, None) == Counted()
    untold = snapshot(make(Wal, bytes=GIB), taken_at=1e9, counting_since=None)
    assert counted(None, None, untold, None) == Counted()
