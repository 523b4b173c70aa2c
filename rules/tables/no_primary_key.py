"""A table whose rows nothing tells apart."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.mysql.auto_increment import AutoIncrement
from collectors.mysql.tables import MysqlTable
from collectors.postgres.postgres_table import PostgresTable
from collectors.session import Server
from collectors.snapshot import Snapshot
from collectors.snapshots.replication import Replica
from collectors.snapshots.schema import Table
from rules.base import SQL, Confidence, Finding, Remedy, Severity, Subject, rule
from rules.locks.blockers import counted
from rules.tables.mysql_primary_key import add_key
from rules.wording import qualified, quoted, size


@rule(
    title="A table has no primary key",
    severity=Severity.MEDIUM,
    confidence=Confidence.VALIDATED,
    see=(
        "https://www.postgresql.org/docs/current/ddl-constraints.html",
        "https://dev.mysql.com/doc/refman/8.4/en/create-table-gipks.html",
        "https://mariadb.com/kb/en/row-based-replication-with-no-primary-key/",
    ),
    engines=SQL,
)
def no_primary_key(
    tables: Snapshot[Table],
    numbered: Snapshot[AutoIncrement] | None,
    replicas: Snapshot[Replica] | None,
    server: Server,
    *,
    minimum_rows: float = 1000,
) -> Iterator[Finding]:
    """Nothing tells the rows of this table apart.

    Why it matters
        A duplicate can't be found or removed, logical replication can't apply updates and
        deletes, and tools that change tables online (pg_repack) refuse to work. Replicas of
        MySQL and MariaDB read the whole table for each changed row, unless an index helps;
        Group Replication refuses the change.

    What to do
        Declare the key that the application uses; where there is none, add a numbered column.

    When to ignore
        A log that is only ever appended to and never replicated; it is shown as backlog.
        Tables with a unique index over columns that can't be NULL are left out.
    """
    if _hides_keys(server):
        return
    columns = {(n.database, n.schema, n.table): n.column for n in numbered.rows} if numbered else {}
    replicated = bool(replicas and replicas.rows)
    for table in tables.rows:
        if table.has_primary_key or table.has_unique_key or not _counts(table, minimum_rows):
            continue
        changes = (table.updates or 0) + (table.deletes or 0)
        remedy = (
            add_key(server, table, columns.get((table.database, table.schema, table.table)))
            if isinstance(table, MysqlTable)
            else _remedy(table)
        )
        yield Finding(
            subject=Subject("table", table.name, table.database),
            summary=(
                f"{table.name} has no primary key"
                + (
                    f", and its rows were updated or deleted {counted(changes, 'time')}."
                    if changes
                    else "."
                )
            ),
            evidence={"kind": table.kind, "rows": _rows(table), **_evidence(table)},
            severity=_severity(table, changes, replicated=replicated),
            remedy=remedy,
        )


def _hides_keys(server: Server) -> bool:
    """Where MySQL hides the keys it made by itself, a table with one looks like one without."""
    shown = server.settings.get("show_gipk_in_create_table_and_information_schema", "ON")
    return shown.upper() in ("OFF", "0")


def _evidence(table: Table) -> dict[str, float | bool | str | None]:
    found = {
        "heap_bytes": table.heap_bytes,
        "updates": table.updates,
        "deletes": table.deletes,
    }
    if isinstance(table, MysqlTable):
        return {**found, "storage_engine": table.storage_engine}
    return {**found, "published": isinstance(table, PostgresTable) and table.published}


def _severity(table: Table, changes: int, *, replicated: bool) -> Severity | None:
    if not changes:
        return Severity.LOW
    return Severity.HIGH if replicated and isinstance(table, MysqlTable) else None


def _rows(table: Table) -> float:
    return table.live_rows if isinstance(table, PostgresTable) else table.rows or 0.0


def _counts(table: Table, minimum_rows: float) -> bool:
    """A partition has the key of its parent, whose own row count is not kept."""
    if table.kind == "partitioned table":
        return (table.rows or 0) >= minimum_rows
    return table.kind == "table" and _rows(table) >= minimum_rows


def _remedy(table: Table) -> Remedy:
    name = qualified(table.schema, table.table)
    key = quoted(f"{table.table}_pkey"[:63])
    return Remedy(
        text=(
            "If columns tell the rows apart: CREATE UNIQUE INDEX CONCURRENTLY on them, set them "
            f"NOT NULL, then ALTER TABLE {name} ADD CONSTRAINT {key} PRIMARY KEY USING INDEX. If "
            "none do, add a numbered column."
        ),
        statements=(
            "SET lock_timeout = '2s';",
            f"ALTER TABLE {name} ADD COLUMN row_id bigint GENERATED ALWAYS AS IDENTITY, "
            f"ADD CONSTRAINT {key} PRIMARY KEY (row_id);",
        ),
        risk=(
            "A numbered column rewrites the table under ACCESS EXCLUSIVE: nobody reads or writes "
            f"its {size(table.total_bytes)} for minutes for each 10 GB. INSERT without a list of "
            "columns goes on working; SELECT * gives one more."
        ),
        verify="At once the table has a row in pg_constraint with contype = 'p'.",
        rollback=f"ALTER TABLE {name} DROP COLUMN row_id;",
    )
