"""Transactions take the same locks in different order."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.session import Server
from collectors.snapshot import Activity
from collectors.snapshots.throughput import Throughput
from rules.base import Confidence, Finding, Gain, Impact, Remedy, Severity, Subject, rule
from rules.locks.blockers import counted
from rules.wording import reset_parameter, set_parameter

_ONE_A_MINUTE = 60


@rule(
    title="Transactions deadlock",
    severity=Severity.MEDIUM,
    confidence=Confidence.VALIDATED,
    see=("https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-DEADLOCKS",),
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
        One transaction of each deadlock fails after deadlock_timeout; its client sees an error,
        and others wait for both meanwhile.

    What to do
        The server log names both statements. Make all code lock in one order (by primary key),
        keep transactions short, and repeat a transaction that fails with SQLSTATE 40P01.

    When to ignore
        A few a day in an application that repeats them.
    """
    for database in databases.rows:
        deadlocks = database.deadlocks or 0
        per_hour = deadlocks / databases.seconds * 3600 if databases.seconds > 0 else 0.0
        if deadlocks and per_hour >= tolerated_per_hour:
            severity = _severity(per_hour) if deadlocks >= sustained_count else Severity.LOW
            yield _finding(database, per_hour, severity, server)


def _severity(per_hour: float) -> Severity:
    return Severity.HIGH if per_hour >= _ONE_A_MINUTE else Severity.MEDIUM


def _finding(database: Throughput, per_hour: float, severity: Severity, server: Server) -> Finding:
    logs_waits = server.settings.get("log_lock_waits") == "on"
    return Finding(
        subject=Subject("database", database.database, database.database),
        severity=severity,
        summary=(
            f"{counted(database.deadlocks or 0, 'deadlock')} in {database.database}, "
            f"{per_hour:,.1f} an hour: each fails one transaction."
        ),
        evidence={
            "deadlocks": database.deadlocks,
            "deadlocks_per_hour": per_hour,
            "transactions": database.commits + database.rollbacks,
            "assumed_lost_seconds_per_deadlock": 1.0,
        },
        impact=Impact(Gain.TIME, per_hour),
        remedy=Remedy(
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
        ),
    )
