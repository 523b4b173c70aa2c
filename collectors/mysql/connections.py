"""Who is connected, by database, user and state."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta

from collectors.base import Runs, collector
from collectors.mysql.needs import Privilege
from collectors.mysql.own_connections import others
from collectors.mysql.session_queries import LISTED
from collectors.mysql.sessions import SeesStatements, all_sessions
from collectors.session import SqlSession
from collectors.snapshot import Snapshot
from collectors.snapshots.sessions import Connections


@collector(
    Runs(LISTED),
    Privilege("PROCESS", "PROCESS"),
    SeesStatements(),
    every=timedelta(seconds=15),
)
def connections(db: SqlSession) -> Snapshot[Connections]:
    groups = defaultdict(list)
    found = all_sessions(db)
    for each in others(db, found.rows):
        if not each.replicates and each.user != "event_scheduler":
            groups[each.database, each.user or "", each.state].append(each.state_seconds or 0.0)
    rows = tuple(
        Connections(database, user, state, len(seconds), max(seconds))
        for (database, user, state), seconds in groups.items()
    )
    return Snapshot(db.now(), rows, gaps=found.gaps)
