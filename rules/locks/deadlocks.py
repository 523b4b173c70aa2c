"""Transactions take the same locks in different order."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.session import Server
from collectors.snapshot import Activity
from collectors.snapshots.throughput import Throughput
from rules.base import SQL, Confidence, Finding, Gain, Impact, Remedy, Severity, Subject, rule
from rules.locks.blockers import counted
from rules.mysql_wording import reset_variable, set_variable
from rules.wording import reset_parameter, set_parameter

_ONE_A_MINUTE = 60
_LOGGING = "innodb_print_all_deadlocks"


@rule(
    title="Transactions deadlock",
    severity=Severity.MEDIUM,
    confidence=Confidence.VALIDATED,
    engines=SQL,
    see=(
        "https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-DEADLOCKS",
        "https://dev.mysql.com/doc/refman/8.4/en/innodb-deadlocks-handling.html",
        "https://mariadb.com/kb/en/innodb-lock-modes/",
    ),
)
def deadlocks(
    databases: Activity[Throughput],
    server: Server,
    *,
    tolerated_per_hour: float = 1,
    sustained_count: int = 3,
) -> Iterator[Finding]:
    """Transactions lock the same things in different order, and the server breaks the tie.

    Why it matters
        One transaction of each deadlock fails, on PostgreSQL after deadlock_timeout; its client
        sees an error, and others wait for both meanwhile.

    What to do
        The server log names both statements. Make all code lock in one order (by primary key),
        keep transactions short, and repeat a transaction that fails with SQLSTATE 40P01 (MySQL
        and MariaDB: error 1213; SHOW ENGINE INNODB STATUS shows the last deadlock).

    When to ignore
        A few a day in an application that repeats them.
    """
    for database in databases.rows:
        count = database.deadlocks or 0
        per_hour = count / databases.seconds * 3600 if databases.seconds > 0 else 0.0
        if count and per_hour >= tolerated_per_hour:
            severity = _severity(per_hour) if count >= sustained_count else Severity.LOW
            yield _finding(database, per_hour, severity, server)


def _severity(per_hour: float) -> Severity:
    return Severity.HIGH if per_hour >= _ONE_A_MINUTE else Severity.MEDIUM


def _finding(database: Throughput, per_hour: float, severity: Severity, server: Server) -> Finding:
    name, count = database.database, database.deadlocks or 0
    return Finding(
        subject=Subject("database", name, name) if name else Subject("server", server.name),
        severity=severity,
        summary=(
            f"{counted(count, 'deadlock')} {f'in {name}' if name else 'on the server'}, "
            f"{per_hour:,.1f} an hour: each fails one transaction."
        ),
        evidence={
            "deadlocks": count,
            "deadlocks_per_hour": per_hour,
            "transactions": database.commits + database.rollbacks,
            "assumed_lost_seconds_per_deadlock": 1.0,
        },
        impact=Impact(Gain.TIME, per_hour),
        remedy=_remedy(server) if server.engine == "postgres" else _mysql_remedy(server),
    )


def _remedy(server: Server) -> Remedy:
    logs_waits = server.settings.get("log_lock_waits") == "on"
    return Remedy(
        text=(
            'Find both statements in the server log ("deadlock detected", with its DETAIL), '
            "make all code lock rows in one order, and repeat transactions that fail with "
            "SQLSTATE 40P01. log_lock_waits also names the waits that are nearly deadlocks."
        ),
        statements=() if logs_waits else set_parameter(server, "log_lock_waits", "on"),
        risk="No lock, no restart: one log line for each wait over deadlock_timeout.",
        verify="After the change deadlocks of pg_stat_database stands still for a day.",
        rollback="Deploy the previous build."
        if logs_waits
        else reset_parameter(server, "log_lock_waits", "off"),
    )


def _mysql_remedy(server: Server) -> Remedy:
    logged = server.settings.get(_LOGGING) == "ON"
    where = "The error log shows" if logged else "SHOW ENGINE INNODB STATUS shows"
    which = "each deadlock" if logged else "the last deadlock"
    return Remedy(
        text=(
            f"{where} both transactions of {which}. Make all code lock rows in one order, give "
            "each UPDATE and DELETE an index so that it locks only the rows it changes, and repeat "
            f"transactions that fail with error 1213.{'' if logged else ' Log all of them.'}"
        ),
        statements=()
        if logged
        else ("SHOW ENGINE INNODB STATUS;", *set_variable(server, _LOGGING, "ON")),
        risk="No lock, no restart: some dozen lines in the error log a deadlock, with the values "
        "in their statements.",
        verify="After the change this stands still for a day: SELECT count FROM "
        "information_schema.innodb_metrics WHERE name = 'lock_deadlocks';",
        rollback="Deploy the previous build."
        if logged
        else reset_variable(server, _LOGGING, "OFF"),
    )
