"""Clients are refused because all connections are in use."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.mysql.status import Status
from collectors.session import Server
from collectors.snapshot import Activity, Snapshot
from collectors.snapshots.server import ServerStatus
from rules.base import MYSQL, Confidence, Finding, Gain, Impact, Remedy, Severity, Subject, rule
from rules.locks.blockers import counted
from rules.mysql_wording import reset_variable, set_variable
from rules.wording import duration

_OUTAGE_PER_MINUTE = 1.0


@rule(
    title="Clients are refused",
    severity=Severity.HIGH,
    confidence=Confidence.VALIDATED,
    engines=MYSQL,
    see=(
        "https://dev.mysql.com/doc/refman/8.4/en/too-many-connections.html",
        "https://mariadb.com/kb/en/handling-too-many-connections/",
    ),
)
def connections_refused(
    status: Activity[Status],
    limits: Snapshot[ServerStatus] | None,
    server: Server,
    *,
    tolerated_per_hour: float = 1,
) -> Iterator[Finding]:
    """Clients get "Too many connections" (error 1040): max_connections is reached.

    Why it matters
        Whoever is refused sees an error page, while the sessions that fill the server may be
        idle. Clients that try again at once keep it full.

    What to do
        Find who holds the connections, and make that pool smaller. A pile-up behind a lock or a
        slow statement fills any limit: look at those findings first. Raise max_connections only
        with memory to spare for each session.

    When to ignore
        Refusals of long ago: they count here only if they happen once an hour on average.
    """
    for row in status.rows:
        refused = row.connects_refused or 0
        per_hour = refused / status.seconds * 3600 if status.seconds > 0 else 0.0
        if refused and per_hour >= tolerated_per_hour:
            yield _finding(row, refused, status, limits, server)


def _finding(
    row: Status,
    refused: int,
    status: Activity[Status],
    limits: Snapshot[ServerStatus] | None,
    server: Server,
) -> Finding:
    allowed = limits.rows[0].max_connections if limits and limits.rows else None
    per_minute = refused / status.seconds * 60
    now = per_minute >= _OUTAGE_PER_MINUTE and not status.accumulated
    of = f" at a limit of {allowed:,}" if allowed else ""
    return Finding(
        subject=Subject("server", server.name),
        severity=Severity.CRITICAL if now else None,
        summary=(
            f"{counted(refused, 'connection')} {'was' if refused == 1 else 'were'} refused in "
            f'{duration(status.seconds)}{of}: clients get "Too many connections".'
        ),
        evidence={
            "refused_connections": refused,
            "refused_per_minute": per_minute,
            "allowed_connections": allowed,
            "connections": row.threads_connected,
            "running_sessions": row.threads_running,
            "peak_connections": row.peak_connections,
        },
        impact=Impact(Gain.HEADROOM, 1.0),
        remedy=_remedy(allowed, server),
    )


def _remedy(allowed: int | None, server: Server) -> Remedy:
    more = str(allowed * 5 // 4) if allowed else ""
    raised = set_variable(server, "max_connections", more) if more else ()
    return Remedy(
        text=(
            "See who holds the connections, then lower the pool of the biggest holder. "
            f"{'With memory to spare, raise the limit meanwhile.' if more else ''}"
        ).rstrip(),
        statements=(
            WHO,
            *(f"-- with memory to spare: {s}" if not s.startswith("--") else s for s in raised),
        ),
        risk=(
            "None for the query, which takes milliseconds. Each further session may take some "
            "megabytes when it works."
        ),
        verify="Within minutes Connection_errors_max_connections of SHOW GLOBAL STATUS stands "
        "still.",
        rollback=reset_variable(server, "max_connections", str(allowed))
        if allowed
        else "Set the pool sizes back.",
    )


WHO = (
    "SELECT user, SUBSTRING_INDEX(host, ':', 1) AS host, command, COUNT(*) AS connections, "
    "MAX(time) AS longest_seconds FROM information_schema.processlist "
    "GROUP BY 1, 2, 3 ORDER BY 4 DESC;"
)
