"""Deadlocks that leave no trace in the log."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.session import Server
from collectors.snapshot import Activity
from collectors.snapshots.throughput import Throughput
from rules.base import MYSQL, Confidence, Finding, Remedy, Severity, Subject, rule
from rules.locks.blockers import counted
from rules.mysql_wording import reset_variable, set_variable

_SETTING = "innodb_print_all_deadlocks"


@rule(
    title="Deadlocks are not logged",
    severity=Severity.INFO,
    confidence=Confidence.VALIDATED,
    engines=MYSQL,
    see=(
        "https://dev.mysql.com/doc/refman/8.4/en/innodb-deadlocks-handling.html",
        "https://mariadb.com/kb/en/innodb-system-variables/#innodb_print_all_deadlocks",
    ),
)
def deadlock_logging_off(
    databases: Activity[Throughput],
    server: Server,
    *,
    told_per_hour: float = 1,
) -> Iterator[Finding]:
    """Deadlocks happen now and then, and innodb_print_all_deadlocks is off.

    Why it matters
        The server keeps only the last deadlock, until the next one or a restart. Whoever looks a
        day later finds nothing to learn from.

    What to do
        Switch innodb_print_all_deadlocks on: each deadlock is then written to the error log with
        both transactions.

    When to ignore
        Where deadlocks are known and repeated by the application, and the log must stay small.
        One an hour or more is told by deadlocks, which advises the same.
    """
    if server.settings.get(_SETTING) != "OFF":
        return
    for row in databases.rows:
        count = row.deadlocks or 0
        per_hour = count / databases.seconds * 3600 if databases.seconds > 0 else 0.0
        if 0 < per_hour < told_per_hour:
            yield Finding(
                subject=Subject("setting", _SETTING),
                summary=f"{_SETTING} is off: {counted(count, 'deadlock')} happened, and the log "
                "does not tell between whom.",
                evidence={"deadlocks": count, "deadlocks_per_hour": per_hour},
                remedy=Remedy(
                    text="Switch it on: the error log then shows both transactions of each "
                    "deadlock.",
                    statements=set_variable(server, _SETTING, "ON"),
                    risk="No lock, no restart. Some dozen lines a deadlock; they hold the "
                    "statements with their values.",
                    verify="The next deadlock leaves 'TRANSACTION' sections in the error log.",
                    rollback=reset_variable(server, _SETTING, "OFF"),
                ),
            )
