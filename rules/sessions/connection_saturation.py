"""Connections are nearly used up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from collectors.postgres.databases import Database
from collectors.session import Server
from collectors.snapshot import Snapshot
from collectors.snapshots.server import ServerStatus
from collectors.snapshots.sessions import Connections
from rules.base import (
    SQL,
    Confidence,
    Finding,
    Gain,
    Impact,
    Remedy,
    Severity,
    Subject,
    Value,
    rule,
)
from rules.sessions.connection_limit import allowed_connections
from rules.sessions.connections_refused import WHO
from rules.wording import quoted, share

_NEARLY_FULL_RATIO = 0.95


@rule(
    title="Connections are nearly used up",
    severity=Severity.HIGH,
    confidence=Confidence.VALIDATED,
    engines=SQL,
    see=(
        "https://www.postgresql.org/docs/current/runtime-config-connection.html",
        "https://dev.mysql.com/doc/refman/8.4/en/too-many-connections.html",
        "https://mariadb.com/kb/en/handling-too-many-connections/",
    ),
)
def connection_saturation(
    status: Snapshot[ServerStatus],
    databases: Snapshot[Database] | None,
    connections: Snapshot[Connections] | None,
    server: Server,
    *,
    tolerated_ratio: float = 0.8,
) -> Iterator[Finding]:
    """Clients use most of the connections that the server, or a database, allows.

    Why it matters
        The next client is refused with "too many clients already" (MySQL: "Too many
        connections"): an outage that begins with no warning in any response time.

    What to do
        Close idle connections first: smaller pools, or one pooler such as PgBouncer or ProxySQL
        in front of all. Raising the limit needs a restart on PostgreSQL, and on every engine
        each session that then works costs memory and CPU the server may not have.

    When to ignore
        A fixed pool that was sized on purpose to just fit.
    """
    by_database = _idle_and_busiest(connections)
    for row in status.rows:
        allowed = allowed_connections(row)
        if allowed > 0 and row.client_connections >= tolerated_ratio * allowed:
            subject = Subject("server", server.name)
            found = _finding(subject, row.client_connections, allowed, by_database)
            yield found if server.engine == "postgres" else replace(found, remedy=_mysql(allowed))
    for database in databases.rows if databases else ():
        limit = database.connection_limit
        if limit and limit > 0 and database.connections >= tolerated_ratio * limit:
            subject = Subject("database", database.database, database.database)
            yield _finding(subject, database.connections, limit, by_database)


def _idle_and_busiest(connections: Snapshot[Connections] | None) -> dict[str, Value]:
    """How many of the connections do nothing, and whose most of them are."""
    if connections is None or not connections.rows:
        return {}
    idle = sum(c.connections for c in connections.rows if c.state == "idle")
    users: Counter[str] = Counter()
    for row in connections.rows:
        users[row.user] += row.connections
    ((user, count),) = users.most_common(1)
    return {"idle_connections": idle, "busiest_user": user, "busiest_user_connections": count}


def _finding(subject: Subject, used: int, allowed: int, who: dict[str, Value]) -> Finding:
    ratio = used / allowed
    idle = f"; {who['idle_connections']} on the server are idle" if who else ""
    return Finding(
        subject=subject,
        severity=Severity.CRITICAL if ratio >= _NEARLY_FULL_RATIO else Severity.HIGH,
        summary=(
            f"{used:,} of {allowed:,} connections ({share(ratio)}) are in use "
            f"{'in ' + subject.name if subject.kind == 'database' else 'on the server'}{idle}."
        ),
        evidence={"connections": used, "allowed_connections": allowed, "used_ratio": ratio, **who},
        impact=Impact(Gain.HEADROOM, ratio),
        remedy=_remedy(subject, allowed),
    )


def _remedy(subject: Subject, allowed: int) -> Remedy:
    statement = (
        "SELECT usename, application_name, state, count(*), max(now() - state_change) AS longest "
        "FROM pg_stat_activity WHERE backend_type = 'client backend' "
        "GROUP BY 1, 2, 3 ORDER BY 4 DESC;"
    )
    raise_limit = (
        f" ALTER DATABASE {quoted(subject.name)} CONNECTION LIMIT raises this one at once."
        if subject.kind == "database"
        else " Raise max_connections only with memory to spare; it needs a restart."
    )
    return Remedy(
        text=(
            "See who holds them, then lower the pools of the biggest holder or put a pooler in "
            f"front. Do not let the application retry in a loop.{raise_limit}"
        ),
        statements=(statement,),
        risk="None for the query, which takes milliseconds. A pool that is too small makes clients "
        "wait in the application instead.",
        verify=f"Fewer than {allowed * 8 // 10} connections in use at the busiest hour.",
        rollback="Set the pool sizes back.",
    )


def _mysql(allowed: int) -> Remedy:
    return Remedy(
        text=(
            "See who holds them, then lower the pools of the biggest holder or put a proxy in "
            "front. Do not let the application retry in a loop. max_connections can be raised at "
            "once, but only with memory to spare for sessions that work."
        ),
        statements=(WHO,),
        risk="None for the query, which takes milliseconds. A pool that is too small makes clients "
        "wait in the application instead.",
        verify=f"Fewer than {allowed * 8 // 10} connections in use at the busiest hour.",
        rollback="Set the pool sizes back.",
    )
