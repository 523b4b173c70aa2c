"""Most connections do nothing."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.session import Server
from collectors.snapshot import Snapshot
from collectors.snapshots.server import ServerStatus
from collectors.snapshots.sessions import Connections
from rules.base import SQL, Confidence, Finding, Gain, Impact, Remedy, Severity, Subject, rule
from rules.mysql_wording import reset_variable, set_variable
from rules.sessions.connection_limit import allowed_connections
from rules.wording import duration, quoted, share

_SATURATED_RATIO = 0.8
_DEFAULT_SECONDS = 28_800
_ADVISED_SECONDS = 600


@rule(
    title="Most connections are idle",
    severity=Severity.MEDIUM,
    confidence=Confidence.VALIDATED,
    engines=SQL,
    see=(
        "https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-IDLE-SESSION-TIMEOUT",
        "https://dev.mysql.com/doc/refman/8.4/en/server-system-variables.html#sysvar_wait_timeout",
        "https://mariadb.com/kb/en/server-system-variables/#wait_timeout",
    ),
)
def idle_connections(
    connections: Snapshot[Connections],
    status: Snapshot[ServerStatus],
    server: Server,
    *,
    idle_ratio: float = 0.7,
    used_ratio: float = 0.6,
) -> Iterator[Finding]:
    """Most connections are idle, and they leave little room for more.

    Why it matters
        Each idle session keeps its memory (catalog caches, prepared plans) and a slot. At the
        next peak the limit is reached by sessions that do nothing.

    What to do
        Lower the number of idle connections that each pool keeps, or share one pooler. End
        forgotten ones with idle_session_timeout on the roles of people and scripts (MySQL and
        MariaDB: wait_timeout).

    When to ignore
        Pools sized on purpose. Over 80 % in use, connection-saturation tells it instead.
    """
    idle = sum(c.connections for c in connections.rows if c.state == "idle")
    for row in status.rows:
        allowed = allowed_connections(row)
        used = row.client_connections
        crowded = allowed > 0 and used_ratio * allowed <= used < _SATURATED_RATIO * allowed
        if crowded and idle >= idle_ratio * used:
            yield _finding(connections, idle, used, allowed, server)


def _finding(
    connections: Snapshot[Connections], idle: int, used: int, allowed: int, server: Server
) -> Finding:
    biggest = max((c for c in connections.rows if c.state == "idle"), key=lambda c: c.connections)
    return Finding(
        subject=Subject("server", server.name),
        summary=(
            f"{idle:,} of {used:,} connections are idle, {biggest.connections:,} of them of "
            f"{biggest.user} in {biggest.database or 'no database'}; {share(used / allowed)} of "
            "the limit is in use."
        ),
        evidence={
            "idle_connections": idle,
            "connections": used,
            "allowed_connections": allowed,
            "used_ratio": used / allowed,
            "busiest_user": biggest.user,
            "busiest_user_idle_connections": biggest.connections,
            "longest_idle_seconds": biggest.oldest_state_seconds,
        },
        impact=Impact(Gain.HEADROOM, used / allowed),
        remedy=_remedy(biggest.user, idle, server)
        if server.engine == "postgres"
        else _mysql_remedy(biggest.user, idle, server),
    )


def _remedy(user: str, idle: int, server: Server) -> Remedy:
    limits = server.at_least(14)
    role = quoted(user)
    return Remedy(
        text=(
            f"Let the pools of {user} keep fewer idle connections, or put one pooler "
            "in front. The limit is for roles without a pool: a pool would only reconnect."
        ),
        statements=(f"ALTER ROLE {role} SET idle_session_timeout = '10min';",) if limits else (),
        risk="No lock, milliseconds, new sessions only. A pool that does not expect closed "
        "connections passes errors to its users.",
        verify=f"Fewer than {idle // 2} connections are idle once new sessions replaced them.",
        rollback=f"ALTER ROLE {role} RESET idle_session_timeout;"
        if limits
        else "Set the pool sizes back.",
    )


def _mysql_remedy(user: str, idle: int, server: Server) -> Remedy:
    now = int(server.settings.get("wait_timeout") or _DEFAULT_SECONDS)
    long = now > _ADVISED_SECONDS
    limit = set_variable(server, "wait_timeout", str(_ADVISED_SECONDS)) if long else ()
    return Remedy(
        text=(
            f"Let the pools of {user} keep fewer idle connections, or put one proxy in front."
            + (
                f" The server closes idle sessions only after {duration(now)}: a shorter "
                "wait_timeout ends those that nobody uses. Pools must then give up idle "
                "connections sooner than that."
                if long
                else ""
            )
        ),
        statements=limit,
        risk="No lock, milliseconds, new sessions only. A pool that does not expect closed "
        "connections passes errors to its users.",
        verify=f"Fewer than {idle // 2} connections are idle once new sessions replaced them.",
        rollback=reset_variable(server, "wait_timeout", str(now))
        if long
        else "Set the pool sizes back.",
    )
