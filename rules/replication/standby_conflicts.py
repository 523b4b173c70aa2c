"""Replay cancels queries on a replica."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.postgres.databases import Database
from collectors.session import Server
from collectors.snapshot import Activity
from rules.base import Confidence, Finding, Remedy, Severity, Subject, rule
from rules.locks.blockers import counted
from rules.wording import reset_parameter, set_parameter

_SUSTAINED = 3


@rule(
    title="Replay cancels queries on the replica",
    severity=Severity.LOW,
    confidence=Confidence.VALIDATED,
    see=("https://www.postgresql.org/docs/current/hot-standby.html#HOT-STANDBY-CONFLICT",),
)
def standby_conflicts(
    databases: Activity[Database],
    server: Server,
    *,
    tolerated_per_hour: float = 1,
    frequent_per_hour: float = 60,
) -> Iterator[Finding]:
    """Queries on this replica were cancelled, because replay needed what they still read.

    Why it matters
        Users see "canceling statement due to conflict with recovery", mostly in the longest
        reports, and the retry takes as long again.

    What to do
        Choose who waits. For reports: a higher max_standby_streaming_delay, and the replica
        lags meanwhile. Or hot_standby_feedback, and dead rows stay on the primary meanwhile.
        Keep failover replicas and report replicas apart.

    When to ignore
        A replica kept for failover, whose few readers can repeat their query.
    """
    if not server.is_replica or databases.seconds <= 0:
        return
    for database in databases.rows:
        per_hour = database.conflicts / databases.seconds * 3600
        if database.conflicts and per_hour >= tolerated_per_hour:
            frequent = database.conflicts >= _SUSTAINED and per_hour >= frequent_per_hour
            yield _finding(database, per_hour, Severity.MEDIUM if frequent else None, server)


def _finding(
    database: Database, per_hour: float, severity: Severity | None, server: Server
) -> Finding:
    feedback = server.settings.get("hot_standby_feedback") == "on"
    name = "max_standby_streaming_delay" if feedback else "hot_standby_feedback"
    new, old = ("300s", "30s") if feedback else ("on", "off")
    return Finding(
        subject=Subject("database", database.database, database.database),
        severity=severity,
        summary=(
            f"Replay stopped queries in {database.database} {counted(database.conflicts, 'time')}, "
            f"{per_hour:,.1f} an hour."
        ),
        evidence={
            "conflicts": database.conflicts,
            "conflicts_per_hour": per_hour,
            "hot_standby_feedback": feedback,
        },
        remedy=Remedy(
            text=(
                f"Set {name} = {new} on this replica if its reports matter more than "
                + ("its being current." if feedback else "a few more dead rows on the primary.")
            ),
            statements=set_parameter(server, name, new),
            risk=(
                "No lock, no restart. Replay waits for reports, so the replica lags up to that "
                "long."
                if feedback
                else "No lock, no restart. A long report here keeps dead rows on the primary "
                "until it ends."
            ),
            verify="Within a day conflicts of pg_stat_database on this replica stands still.",
            rollback=reset_parameter(server, name, server.settings.get(name, old)),
        ),
    )
