"""Most connections do nothing."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.session import Server
from collectors.snapshot import Snapshot
from collectors.snapshots.server import ServerStatus
from collectors.snapshots.sessions import Connections
from rules.base import Confidence, Finding, Gain, Impact, Remedy, Severity, Subject, rule
from rules.wording import quoted, share

_SATURATED_RATIO = 0.8


@rule(
    title="Most connections are idle",
    severity=Severity.MEDIUM,
    confidence=Confidence.VALIDATED,
    see=(
        "https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-IDLE-SESSION-TIMEOUT",
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
        forgotten ones with idle_session_timeout on the roles of people and scripts.

    When to ignore
        Pools sized on purpose. Over 80 % in use, connection-saturation tells it instead.
    """
    idle = sum(c.connections for c in connections.rows if c.state == "idle")
    for row in status.rows:
        allowed = row.max_connections - row.reserved_connections
        used = row.client_connections
        crowded = allowed > 0 and used_ratio * allowed <= used < _SATURATED_RATIO * allowed
        if crowded and idle >= idle_ratio * used:
            yield _finding(connections, idle, used, allowed, server)


def _finding(
    connections: Snapshot[Connections], idle: int, used: int, allowed: int, server: Server
) -> Finding:
    biggest = max((c for c in connections.rows if c.state == "idle"), key=lambda c: c.connections)
    limits = server.at_least(14)
    role = quoted(biggest.user)
    return Finding(
        subject=Subject("server", server.name),
        summary=(
            f"{idle:,} of {used:,} connections are idle, {biggest.connections:,} of them of "
            f"{biggest.user} in {biggest.database}; {share(used / allowed)} of the limit is in use."
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
        remedy=Remedy(
            text=(
                f"Let the pools of {biggest.user} keep fewer idle connections, or put one pooler "
                "in front. The limit is for roles without a pool: a pool would only reconnect."
            ),
            statements=(f"ALTER ROLE {role} SET idle_session_timeout = '10min';",)
            if limits
            else (),
            risk="No lock, milliseconds, new sessions only. A pool that does not expect closed "
            "connections passes errors to its users.",
            verify=f"Fewer than {idle // 2} connections are idle once new sessions replaced them.",
            rollback=f"ALTER ROLE {role} RESET idle_session_timeout;"
            if limits
            else "Set the pool sizes back.",
        ),
    )
