"""Logical replication of rows that nothing tells apart."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.postgres.postgres_table import PostgresTable
from collectors.snapshot import Snapshot
from rules.base import Confidence, Finding, Remedy, Severity, Subject, rule
from rules.wording import qualified


@rule(
    title="A published table has no replica identity",
    severity=Severity.MEDIUM,
    confidence=Confidence.VALIDATED,
    see=("https://www.postgresql.org/docs/current/logical-replication-publication.html",),
)
def published_table_without_identity(
    tables: Snapshot[PostgresTable], *, minimum_rows: float = 10_000
) -> Iterator[Finding]:
    """Logical replication copies this table, but can't tell which row an update changed.

    Why it matters
        With no identity every UPDATE and DELETE fails with an error. With the identity "full"
        the whole old row is logged, and the subscriber may scan its table for each row.

    What to do
        Give the table a primary key, or name a unique index as its replica identity.

    When to ignore
        The publication copies inserts only (publish = 'insert').
    """
    for table in tables.rows:
        if not table.published:
            continue
        changes = table.updates + table.deletes
        if _without(table):
            yield _finding(
                table,
                f"UPDATE and DELETE on {table.name} fail: it is published, but has no identity.",
                Severity.HIGH if changes else Severity.MEDIUM,
            )
        elif _slow(table) and changes and table.live_rows >= minimum_rows:
            yield _finding(
                table,
                f"Each row changed in {table.name} may scan the subscriber's table: its replica "
                "identity is full.",
                Severity.LOW,
            )


def _without(table: PostgresTable) -> bool:
    identity = table.replica_identity
    return identity == "nothing" or (identity == "default" and not table.has_primary_key)


def _slow(table: PostgresTable) -> bool:
    return table.replica_identity == "full" and not table.has_primary_key


def _finding(table: PostgresTable, summary: str, severity: Severity) -> Finding:
    return Finding(
        subject=Subject("table", table.name, table.database),
        summary=summary,
        evidence={
            "replica_identity": table.replica_identity,
            "has_primary_key": table.has_primary_key,
            "has_unique_key": table.has_unique_key,
            "updates": table.updates,
            "deletes": table.deletes,
            "live_rows": table.live_rows,
        },
        severity=severity,
        remedy=_remedy(table),
    )


def _remedy(table: PostgresTable) -> Remedy:
    name = qualified(table.schema, table.table)
    wanted = "DEFAULT" if table.has_primary_key else "FULL"
    stopgap = (
        "Its primary key can be the identity at once."
        if table.has_primary_key
        else "Better than the statement below, which logs whole rows: add a primary key, or "
        f"ALTER TABLE {name} REPLICA IDENTITY USING INDEX with a unique index over NOT NULL "
        "columns."
    )
    return Remedy(
        text=stopgap,
        statements=("SET lock_timeout = '2s';", f"ALTER TABLE {name} REPLICA IDENTITY {wanted};"),
        risk="ACCESS EXCLUSIVE lock for milliseconds. FULL makes the log of updates bigger.",
        verify="An UPDATE of one row succeeds, and the subscriber shows it within seconds.",
        rollback=f"ALTER TABLE {name} REPLICA IDENTITY {table.replica_identity.upper()};",
    )
