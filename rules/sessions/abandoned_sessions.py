"""Sessions end badly: the client vanished, an error or an operator ended them."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.snapshot import Activity
from collectors.snapshots.throughput import Throughput
from rules.base import Finding, Remedy, Severity, Subject, rule
from rules.wording import share

_SERIOUS_RATIO = 0.2


@rule(
    title="Sessions end badly",
    severity=Severity.LOW,
    see=(
        "https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-DATABASE-VIEW",
    ),
)
def abandoned_sessions(
    databases: Activity[Throughput],
    *,
    tolerated_per_minute: float = 1,
    tolerated_ratio: float = 0.05,
) -> Iterator[Finding]:
    """Sessions end because the client vanished, or by a fatal error or an operator.

    Why it matters
        A client that vanishes leaves its statement running and its locks held until the server
        notices, which takes up to two hours by default. Its users see errors.

    What to do
        Vanished clients: close connections properly, look at crashes, timeouts of the client
        and firewalls that drop idle connections; set tcp_keepalives_idle and
        client_connection_check_interval. Fatal errors: the server log has them.

    When to ignore
        Scripts that end without closing, where nothing else is wrong.
    """
    for database in databases.rows:
        abandoned = database.sessions_abandoned or 0
        bad = abandoned + (database.sessions_fatal or 0) + (database.sessions_killed or 0)
        if not database.sessions or databases.seconds <= 0:
            continue
        per_minute, ratio = bad / databases.seconds * 60, bad / database.sessions
        if per_minute > tolerated_per_minute and ratio > tolerated_ratio:
            yield _finding(database, per_minute, min(1.0, ratio), abandoned)


def _finding(database: Throughput, per_minute: float, ratio: float, abandoned: int) -> Finding:
    return Finding(
        subject=Subject("database", database.database, database.database),
        severity=Severity.MEDIUM if ratio > _SERIOUS_RATIO else None,
        summary=(
            f"{per_minute:,.1f} sessions a minute in {database.database} end badly, "
            f"{share(ratio)} of all: {abandoned:,} lost their client, "
            f"{database.sessions_fatal or 0:,} met a fatal error, "
            f"{database.sessions_killed or 0:,} were ended by an operator."
        ),
        evidence={
            "bad_ends_per_minute": per_minute,
            "share_ratio": ratio,
            "sessions": database.sessions,
            "abandoned_sessions": abandoned,
            "fatal_sessions": database.sessions_fatal,
            "killed_sessions": database.sessions_killed,
        },
        remedy=Remedy(
            text=(
                'Find the client in the server log (log_disconnections, "unexpected EOF", FATAL '
                "lines), and have it close its connections. Keepalives find dead clients sooner."
            ),
            statements=(
                "ALTER SYSTEM SET tcp_keepalives_idle = '60s';",
                "SELECT pg_reload_conf();",
            )
            if abandoned
            else (),
            risk="No lock, no restart: one small packet a minute on idle connections.",
            verify="Within a day sessions_abandoned and sessions_fatal of pg_stat_database stand "
            "still.",
            rollback="ALTER SYSTEM RESET tcp_keepalives_idle; SELECT pg_reload_conf();"
            if abandoned
            else "None needed: nothing is changed on the server.",
        ),
    )
