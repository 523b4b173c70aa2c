"""Roles whose sessions may wait or idle without end."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.snapshot import Snapshot
from collectors.snapshots.locks import LockWait
from collectors.snapshots.sessions import Connections
from rules.base import Confidence, Finding, Remedy, Severity, Subject, rule
from rules.wording import duration, quoted


@rule(
    title="A role has no timeouts",
    severity=Severity.MEDIUM,
    confidence=Confidence.VALIDATED,
    see=("https://www.postgresql.org/docs/current/runtime-config-client.html",),
)
def no_timeouts(
    connections: Snapshot[Connections],
    locks: Snapshot[LockWait] | None,
    *,
    idle_seconds: float = 300.0,
    waited_seconds: float = 60.0,
) -> Iterator[Finding]:
    """A session idles in a transaction, or waits for a lock, longer than a timeout would allow.

    Why it matters
        One forgotten transaction keeps its locks and every dead row since it began. That it
        lasts this long proves that the role has no timeout, or one that is far too long:
        settings that are read cannot show what a role or a client set for itself.

    What to do
        Give the application's role timeouts. Not the server: dumps and migrations need longer.

    When to ignore
        Roles for administration and for backup.
    """
    idle: dict[str, float] = {}
    for row in connections.rows:
        if row.state.startswith("idle in transaction") and row.user:
            idle[row.user] = max(idle.get(row.user, 0.0), row.oldest_state_seconds or 0.0)
    waiting: dict[str, float] = {}
    for wait in locks.rows if locks else ():
        if wait.waiter_user:
            longest = max(waiting.get(wait.waiter_user, 0.0), wait.waited_seconds)
            waiting[wait.waiter_user] = longest
    for role in sorted({*idle, *waiting}):
        idled, waited = idle.get(role, 0.0), waiting.get(role, 0.0)
        if idled >= idle_seconds or waited >= waited_seconds:
            yield _finding(role, idled if idled >= idle_seconds else 0.0, waited)


def _finding(role: str, idled: float, waited: float) -> Finding:
    seen = [f"idled in a transaction for {duration(idled)}"] if idled else []
    seen += [f"waited for a lock for {duration(waited)}"] if waited else []
    wanted = {"idle_in_transaction_session_timeout": "60s"} if idled else {}
    wanted |= {"lock_timeout": "10s"} if waited else {}
    return Finding(
        subject=Subject("role", role),
        summary=f"A session of {role} {' and another '.join(seen)}: no timeout ended it.",
        evidence={
            "idle_seconds": idled or None,
            "waited_seconds": waited or None,
        },
        remedy=Remedy(
            text=f"Give role {role} timeouts that are longer than its work and shorter than your "
            "patience.",
            statements=tuple(
                f"ALTER ROLE {quoted(role)} SET {name} = '{value}';"
                for name, value in wanted.items()
            ),
            risk="No lock, milliseconds, new sessions only. Transactions that idle or statements "
            "that wait longer end with an error the application must handle.",
            verify="After its sessions reconnect, none idles in a transaction or waits for a "
            "lock longer than that.",
            rollback=" ".join(f"ALTER ROLE {quoted(role)} RESET {name};" for name in wanted),
        ),
    )
