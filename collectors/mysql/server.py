"""The server itself: uptime, role, connection limits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from collectors.base import Runs, collector
from collectors.fields import gauge, row
from collectors.mysql.facts import FOLLOWS, Followed, Variable
from collectors.mysql.global_status import Shown, shown, shows
from collectors.mysql.needs import Privilege, Reads, instrumented
from collectors.session import SqlSession
from collectors.snapshot import Snapshot
from collectors.snapshots.server import ServerStatus
from collectors.variants import Variants

FOLLOWING = Privilege("REPLICATION CLIENT", "SLAVE MONITOR")
THREADS = Reads("performance_schema", "threads")

STATUS = shows(("Uptime", "Threads_connected", "Slaves_connected"))
_LIMITS = """
    SELECT @@max_connections AS max_connections,
           @@read_only AS read_only,
           @@innodb_read_only AS storage_read_only,
           {nobody} AS super_read_only
"""
LIMITS = Variants(
    {
        "mysql >= 5.7": _LIMITS.format(nobody="@@super_read_only"),
        "mariadb >= 10.5": _LIMITS.format(nobody="NULL"),
    }
)
# MariaDB tells it among its status variables.
DUMPS = Variants(
    {
        "mysql >= 5.7": """
    SELECT COUNT(*) AS dumps
      FROM performance_schema.threads
     WHERE PROCESSLIST_COMMAND IN ('Binlog Dump', 'Binlog Dump GTID')
"""
    }
)
# One more than max_connections is let in, if it may end the others' sessions.
_RESERVED = 1


@dataclass(frozen=True, slots=True)
class Limits:
    max_connections: int
    read_only: bool
    storage_read_only: bool
    super_read_only: bool | None


@dataclass(frozen=True, slots=True)
class Dumps:
    dumps: int


@row(noun="server_status")
class MysqlServer(ServerStatus):
    """One row. The reserved connection comes on top of `max_connections`."""

    read_only: bool = gauge("read_only: accounts without special rights may not write.")
    super_read_only: bool | None = gauge("super_read_only: nobody may; None on MariaDB.")
    replicas_connected: int | None = gauge("Replicas that read its binary log; None if not told.")


@collector(Runs(STATUS), every=timedelta(seconds=15))
def server(db: SqlSession) -> Snapshot[MysqlServer]:
    found = shown(*db.rows(STATUS, Variable))
    (limits,) = db.rows(LIMITS, Limits)
    row = MysqlServer(
        version=db.server.version,
        uptime_seconds=float(found.number("Uptime") or 0),
        is_replica=limits.storage_read_only or _follows(db),
        max_connections=limits.max_connections,
        reserved_connections=_RESERVED,
        client_connections=found.number("Threads_connected") or 0,
        read_only=limits.read_only,
        super_read_only=limits.super_read_only,
        replicas_connected=_replicas(db, found),
    )
    return Snapshot(db.now(), (row,), db.server.started_at)


def _follows(db: SqlSession) -> bool:
    """Asked each time: a replica that is promoted keeps its connections."""
    if FOLLOWING.unmet(db.server):
        return db.server.is_replica
    return any(each.is_server for each in db.rows(FOLLOWS, Followed))


def _replicas(db: SqlSession, found: Shown) -> int | None:
    if db.server.engine == "mariadb":
        return found.number("Slaves_connected")
    if THREADS.unmet(db.server) or not instrumented(db.server):
        return None
    (counted,) = db.rows(DUMPS, Dumps)
    return counted.dumps
