"""Attempts to connect fail."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.mysql.errors import ErrorCount
from collectors.mysql.status import Status
from collectors.session import Server
from collectors.snapshot import Activity
from rules.base import MYSQL, Confidence, Finding, Remedy, Severity, Subject, rule
from rules.wording import share

# Access denied: wrong password, no such database, no password given.
_DENIED = {1044, 1045, 1698}
_STORM_PER_MINUTE = 10.0


@rule(
    title="Attempts to connect fail",
    severity=Severity.LOW,
    confidence=Confidence.VALIDATED,
    engines=MYSQL,
    see=(
        "https://dev.mysql.com/doc/refman/8.4/en/communication-errors.html",
        "https://mariadb.com/kb/en/server-status-variables/#aborted_connects",
    ),
)
def failing_connects(
    status: Activity[Status],
    errors: Activity[ErrorCount] | None,
    server: Server,
    *,
    tolerated_per_minute: float = 1,
    tolerated_ratio: float = 0.01,
) -> Iterator[Finding]:
    """Clients fail to connect: wrong password, no privilege on the database, or they go away.

    Why it matters
        An application with an old password, or somebody who guesses one. The server may block a
        host after max_connect_errors attempts that break off, and then refuses all its clients.

    What to do
        Find the client in the error log (log_error_verbosity = 3, MariaDB: log_warnings = 4) and
        give it the right account. Where attempts break off before a password was sent, look at
        connect timeouts, TLS and the network.

    When to ignore
        Load balancers and port scanners that open a connection to see whether the port answers.
        Refusals at max_connections are not counted here: see connections-refused.
    """
    for row in status.rows:
        failed = _failed(row, server)
        tried = max(row.sessions or 0, failed)
        per_minute = failed / status.seconds * 60 if status.seconds > 0 else 0.0
        if per_minute > tolerated_per_minute and failed > tolerated_ratio * tried:
            yield _finding(failed, tried, per_minute, _denied(errors), server)


def _failed(row: Status, server: Server) -> int:
    """MariaDB counts those it refused at max_connections among the failed ones."""
    refused = (row.connects_refused or 0) if server.engine == "mariadb" else 0
    return max(0, row.connects_aborted - refused)


def _denied(errors: Activity[ErrorCount] | None) -> int | None:
    if errors is None:
        return None
    return sum(e.raised for e in errors.rows if e.number in _DENIED)


def _finding(
    failed: int, tried: int, per_minute: float, denied: int | None, server: Server
) -> Finding:
    known = f"; access was denied {denied:,} times" if denied else ""
    verbosity = "log_warnings = 4" if server.engine == "mariadb" else "log_error_verbosity = 3"
    return Finding(
        subject=Subject("server", server.name),
        severity=Severity.MEDIUM if per_minute >= _STORM_PER_MINUTE else None,
        summary=(
            f"{per_minute:,.1f} attempts to connect fail a minute, {share(failed / tried)} of "
            f"all{known}."
        ),
        evidence={
            "failed_per_minute": per_minute,
            "failed_connects": failed,
            "tried_connects": tried,
            "failed_ratio": failed / tried,
            "access_denied": denied,
        },
        remedy=Remedy(
            text=(
                f"Find the client in the error log ({verbosity} names host and user), and give it "
                "the right account and password; block hosts that have no business here."
            ),
            risk="None: nothing is changed on the server.",
            verify="Within an hour Aborted_connects of SHOW GLOBAL STATUS grows by less than one "
            "a minute.",
            rollback="None needed: nothing is changed on the server.",
        ),
    )
