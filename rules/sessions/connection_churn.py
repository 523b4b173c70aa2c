"""Clients connect anew for each piece of work."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.mysql.status import Status
from collectors.session import Server
from collectors.snapshot import Activity
from collectors.snapshots.throughput import Throughput
from rules.base import SQL, Finding, Gain, Impact, Remedy, Severity, Subject, rule
from rules.wording import share

_CONNECT_SECONDS = 0.003
_MYSQL_CONNECT_SECONDS = 0.001
# Of these a driver sends some by itself when it connects.
_STATEMENTS_PER_TRANSACTION = 2


@rule(
    title="Clients connect anew for each piece of work",
    severity=Severity.MEDIUM,
    engines=SQL,
    see=(
        "https://www.postgresql.org/docs/current/connect-estab.html",
        "https://dev.mysql.com/doc/refman/8.4/en/connection-interfaces.html",
        "https://mariadb.com/kb/en/thread-pool-in-mariadb/",
    ),
)
def connection_churn(
    databases: Activity[Throughput],
    server: Server,
    *,
    tolerated_per_second: float = 5,
    tolerated_ratio: float = 0.2,
) -> Iterator[Finding]:
    """Sessions begin several times a second, and do only a few transactions each.

    Why it matters
        Each connection is a new process (MySQL: thread): fork, TLS, authentication and cold
        catalog caches take milliseconds of CPU, often more than the query it was opened for.

    What to do
        Keep connections: a pool in the application, or PgBouncer in transaction mode (RDS Proxy
        on AWS, ProxySQL for MySQL) where many short processes connect.

    When to ignore
        A nightly job that starts thousands of short scripts.
    """
    for database in databases.rows:
        if database.sessions is None or databases.seconds <= 0:
            continue
        per_second = database.sessions / databases.seconds
        if isinstance(database, Status):
            # Statements that commit by themselves are in no counter of transactions.
            few = database.sessions > tolerated_ratio / _STATEMENTS_PER_TRANSACTION * (
                database.questions
            )
            if per_second > tolerated_per_second and few:
                yield _on_mysql(server, per_second, database.sessions, database.questions)
            continue
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


def _on_mysql(server: Server, per_second: float, sessions: int, statements: int) -> Finding:
    each = statements / sessions
    return Finding(
        subject=Subject("server", server.name),
        summary=(
            f"{per_second:,.1f} connections a second begin, one for each {each:.2g} statements: "
            "use a connection pool."
        ),
        evidence={
            "sessions_per_second": per_second,
            "sessions": sessions,
            "statements": statements,
            "statements_per_session": each,
            "assumed_seconds_per_connect": _MYSQL_CONNECT_SECONDS,
        },
        impact=Impact(Gain.TIME, per_second * 3600 * _MYSQL_CONNECT_SECONDS),
        remedy=Remedy(
            text=(
                "Keep connections open in a pool; where many short processes connect, put a proxy "
                "that shares connections in front (ProxySQL, MaxScale, RDS Proxy)."
            ),
            risk=(
                "Shared connections break session state: SET, temporary tables, GET_LOCK, LOCK "
                "TABLES. Proxies keep such sessions apart, which costs the gain."
            ),
            verify="After the change Connections of SHOW GLOBAL STATUS grows by less than one a "
            "second.",
            rollback="Point the clients at the server again.",
        ),
    )
