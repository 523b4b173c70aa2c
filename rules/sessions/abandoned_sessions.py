"""Sessions end badly: the client vanished, an error or an operator ended them."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.session import Server
from collectors.snapshot import Activity
from collectors.snapshots.throughput import Throughput
from rules.base import SQL, Finding, Remedy, Severity, Subject, rule
from rules.mysql_wording import reset_variable, set_variable
from rules.wording import share

_SERIOUS_RATIO = 0.2


@rule(
    title="Sessions end badly",
    severity=Severity.LOW,
    engines=SQL,
    see=(
        "https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-DATABASE-VIEW",
        "https://dev.mysql.com/doc/refman/8.4/en/communication-errors.html",
        "https://mariadb.com/kb/en/server-status-variables/#aborted_clients",
    ),
)
def abandoned_sessions(
    databases: Activity[Throughput],
    server: Server,
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
        client_connection_check_interval. Fatal errors: the server log has them. On MySQL and
        MariaDB wait_timeout, max_allowed_packet and KILL count too.

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
            if server.engine == "postgres":
                yield _finding(database, per_minute, min(1.0, ratio), abandoned)
            else:
                yield _on_mysql(database, per_minute, min(1.0, ratio), server)


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


def _on_mysql(row: Throughput, per_minute: float, ratio: float, server: Server) -> Finding:
    name, wanted = ("log_warnings", 2) if server.engine == "mariadb" else ("log_error_verbosity", 3)
    now = int(server.settings.get(name) or wanted)
    silent = now < wanted
    return Finding(
        subject=Subject("server", server.name),
        severity=Severity.MEDIUM if ratio > _SERIOUS_RATIO else None,
        summary=(
            f"{per_minute:,.1f} connections a minute end badly, {share(ratio)} of all: the client "
            "vanished, or the server ended them."
        ),
        evidence={
            "bad_ends_per_minute": per_minute,
            "share_ratio": ratio,
            "sessions": row.sessions,
            "abandoned_sessions": row.sessions_abandoned,
        },
        remedy=Remedy(
            text=(
                'Find the client in the error log ("Aborted connection", with user and host) and '
                "have it close its connections. Where it idled first, its pool keeps connections "
                "for longer than wait_timeout or a firewall allows; where it sent much, look at "
                "max_allowed_packet."
            ),
            statements=set_variable(server, name, str(wanted)) if silent else (),
            risk="No lock, no restart: one line in the error log for each such end.",
            verify="Within a day Aborted_clients of SHOW GLOBAL STATUS stands still.",
            rollback=reset_variable(server, name, str(now))
            if silent
            else "None needed: nothing is changed on the server.",
        ),
    )
