"""Transactions stand open while the client does something else."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.postgres.databases import Database
from collectors.snapshot import Activity
from rules.base import Finding, Gain, Impact, Remedy, Severity, Subject, rule
from rules.wording import duration, share


@rule(
    title="Transactions wait for their clients",
    severity=Severity.MEDIUM,
    see=("https://www.postgresql.org/docs/current/monitoring-stats.html#WAIT-EVENT-CLIENT-TABLE",),
)
def client_waits_in_transaction(
    databases: Activity[Database],
    *,
    tolerated_ratio: float = 0.2,
    tolerated_sessions: float = 0.5,
    tolerated_seconds: float = 0.05,
) -> Iterator[Finding]:
    """Sessions spend their transactions waiting for the next statement (Client:ClientRead).

    Why it matters
        Locks and the snapshot are kept while the application thinks, calls another service or
        crosses a slow network. That time bounds how many transactions one hot row can take.

    What to do
        Move remote calls and computing out of the transaction, send statements together, and
        run the application near the database.

    When to ignore
        Interactive tools. A few sessions idle for minutes are told by idle-in-transaction.
    """
    for database in databases.rows:
        idle, active = database.idle_in_transaction_seconds, database.active_seconds
        transactions = database.commits + database.rollbacks
        if idle is None or active is None or not transactions or databases.seconds <= 0:
            continue
        mean, sessions = idle / transactions, idle / databases.seconds
        waits = mean >= tolerated_seconds and sessions >= tolerated_sessions
        if waits and idle >= tolerated_ratio * (idle + active):
            yield _finding(database.database, mean, sessions, idle / (idle + active))


def _finding(database: str, mean: float, sessions: float, ratio: float) -> Finding:
    return Finding(
        subject=Subject("database", database, database),
        summary=(
            f"Transactions in {database} stand open {duration(mean)} on average while the client "
            f"is busy elsewhere: {share(ratio)} of their time, {sessions:.2g} sessions at once."
        ),
        evidence={
            "idle_in_transaction_sessions": sessions,
            "idle_in_transaction_ratio": ratio,
            "idle_in_transaction_seconds_per_transaction": mean,
        },
        impact=Impact(Gain.SESSIONS, sessions),
        remedy=Remedy(
            text=(
                "Move remote calls and computing before BEGIN or after COMMIT, and send statements "
                "in one round trip (pipeline, batch, or a statement that does it all)."
            ),
            risk="Work moved out of the transaction is no longer rolled back with it.",
            verify="After the release idle_in_transaction_time of pg_stat_database grows by less "
            "than half a second a second.",
            rollback="Deploy the previous build.",
        ),
    )
