"""Transaction and multixact ids that come to their end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from collectors.postgres.databases import Database
from collectors.postgres.postgres_table import PostgresTable
from collectors.postgres.server import PostgresStatus
from collectors.snapshot import Activity, Snapshot
from rules.base import Confidence, Finding, Gain, Impact, Remedy, Severity, Subject, rule
from rules.wording import literal, qualified, share

_CRITICAL_AGE = 1_500_000_000
_IDS = 2**31
# PostgreSQL 14 and later hand out no more ids when 3 million are left.
_KEPT_BACK = 3_000_000
_SHOWN_TABLES = 5


@dataclass(frozen=True, slots=True)
class _Age:
    """How old the oldest id of one kind is, and when it ends; None where no rate is known."""

    kind: str
    age: int
    days_left: float | None


@rule(
    title="Transaction ids run out",
    severity=Severity.MEDIUM,
    confidence=Confidence.VALIDATED,
    see=("https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-WRAPAROUND",),
)
def wraparound(
    databases: Snapshot[Database],
    tables: Snapshot[PostgresTable] | None,
    status: Activity[PostgresStatus] | None,
    *,
    medium_age: float = 500_000_000,
    high_age: float = 1_000_000_000,
) -> Iterator[Finding]:
    """A database has old rows that VACUUM must freeze before transaction ids come round again.

    Why it matters
        At about 2.1 billion the server refuses every write until a VACUUM of hours has ended.

    What to do
        Remove what holds the horizon (horizon-blocked), then freeze the oldest tables first.

    When to ignore
        The age falls already: an autovacuum to prevent wraparound is at work.
    """
    rate = _transactions_per_second(status)
    for database in databases.rows:
        if (database.connection_limit or 0) < -1:
            continue  # An invalid database: a DROP DATABASE that was cut short.
        left = max(0, _IDS - _KEPT_BACK - database.transaction_age)
        for age in (
            _Age("transaction", database.transaction_age, left / rate / 86400 if rate else None),
            _Age("multixact", database.multixact_age, None),
        ):
            severity = _severity(age.age, medium_age, high_age)
            if severity:
                yield _finding(database, age, severity, tables)


def _transactions_per_second(status: Activity[PostgresStatus] | None) -> float | None:
    """As it was in the window; totals since the server was made are no rate of today."""
    if status is None or status.accumulated or status.seconds <= 0:
        return None
    return sum(row.transactions or 0 for row in status.rows) / status.seconds


def _severity(age: int, medium_age: float, high_age: float) -> Severity | None:
    if age >= _CRITICAL_AGE:
        return Severity.CRITICAL
    if age >= high_age:
        return Severity.HIGH
    return Severity.MEDIUM if age >= medium_age else None


def _finding(
    database: Database, age: _Age, severity: Severity, tables: Snapshot[PostgresTable] | None
) -> Finding:
    ends = "" if age.days_left is None else f", {age.days_left:.3g} days at the present rate"
    kind = f"{age.kind}_age"
    mine = [t for t in (tables.rows if tables else ()) if t.database == database.database]
    oldest = sorted(mine, key=lambda t: -(getattr(t, kind) or 0))[:_SHOWN_TABLES]
    return Finding(
        subject=Subject("database", f"{database.database} ({age.kind} ids)", database.database),
        summary=(
            f"Database {database.database} has used {share(age.age / _IDS)} of its {age.kind} ids "
            f"({age.age / 1e6:,.0f} million){ends}; at the end all writes stop."
        ),
        evidence={
            kind: age.age,
            "used_ratio": age.age / _IDS,
            "days_left": None if age.days_left is None else age.days_left,
            "oldest_tables": ", ".join(t.name for t in oldest),
        },
        severity=severity,
        impact=Impact(Gain.HEADROOM, age.age / _IDS),
        remedy=_remedy(database, age, oldest),
    )


def _remedy(database: Database, age: _Age, oldest: list[PostgresTable]) -> Remedy:
    options = "FREEZE, VERBOSE, INDEX_CLEANUP off, TRUNCATE off"
    column = "mxid_age(datminmxid)" if age.kind == "multixact" else "age(datfrozenxid)"
    return Remedy(
        text=(
            f"In {database.database}: end what holds the horizon (old transactions, prepared "
            "transactions, replication slots), or VACUUM can't freeze. Then freeze the oldest "
            "tables, skipping indexes, which is the fastest way to get ids back."
        ),
        statements=tuple(f"VACUUM ({options}) {qualified(t.schema, t.table)};" for t in oldest)
        or ("VACUUM (FREEZE, VERBOSE);",),
        risk=(
            "SHARE UPDATE EXCLUSIVE lock: reads and writes go on, DDL waits. Reads each table "
            "once: minutes for each 10 GB. Indexes keep dead entries until the next VACUUM."
        ),
        verify=(
            "The age falls when the oldest table is done, to under 200 million when all are: "
            f"SELECT {column} FROM pg_database WHERE datname = {literal(database.database)};"
        ),
        rollback="None needed: VACUUM changes no row.",
    )
