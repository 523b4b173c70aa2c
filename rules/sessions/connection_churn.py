"""Clients connect anew for each piece of work."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.snapshot import Activity
from collectors.snapshots.throughput import Throughput
from rules.base import Finding, Gain, Impact, Remedy, Severity, Subject, rule
from rules.wording import share

_CONNECT_SECONDS = 0.003


@rule(
    title="Clients connect anew for each piece of work",
    severity=Severity.MEDIUM,
    see=("https://www.postgresql.org/docs/current/connect-estab.html",),
)
def connection_churn(
    databases: Activity[Throughput],
    *,
    tolerated_per_second: float = 5,
    tolerated_ratio: float = 0.2,
) -> Iterator[Finding]:
    """Sessions begin several times a second, and do only a few transactions each.

    Why it matters
        Each connection is a new process: fork, TLS, authentication and cold catalog caches take
        milliseconds of CPU, often more than the query it was opened for.

    What to do
        Keep connections: a pool in the application, or PgBouncer in transaction mode (RDS Proxy
        on AWS) where many short processes connect.

    When to ignore
        A nightly job that starts thousands of short scripts.
    """
    for database in databases.rows:
        if database.sessions is None or databases.seconds <= 0:
            continue
        per_second = database.sessions / databases.seconds
        transactions = database.commits + database.rollbacks
        if per_second > tolerated_per_second and database.sessions > tolerated_ratio * transactions:
            yield _finding(database.database, per_second, database.sessions, transactions)


def _finding(database: str, per_second: float, sessions: int, transactions: int) -> Finding:
    ratio = min(1.0, sessions / transactions) if transactions else 1.0
    return Finding(
        subject=Subject("database", database, database),
        summary=(
            f"{per_second:,.1f} sessions a second begin in {database}, one for each "
            f"{transactions / sessions:.2g} transactions: use a connection pool."
        ),
        evidence={
            "sessions_per_second": per_second,
            "sessions": sessions,
            "transactions": transactions,
            "sessions_per_transaction": ratio,
            "assumed_seconds_per_connect": _CONNECT_SECONDS,
        },
        impact=Impact(Gain.TIME, per_second * 3600 * _CONNECT_SECONDS),
        remedy=Remedy(
            text=(
                "Keep connections open in a pool; where many short processes connect, put "
                f"PgBouncer in front. New sessions follow {share(ratio)} of the transactions."
            ),
            risk=(
                "Transaction pooling breaks session state: SET, temporary tables, LISTEN, session "
                "advisory locks. PgBouncer before 1.21 also breaks prepared statements."
            ),
            verify="After the change sessions of pg_stat_database grows by less than one a second.",
            rollback="Point the clients at the server again.",
        ),
    )
