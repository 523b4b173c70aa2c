"""A table whose writes pay for many indexes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from collectors.postgres.postgres_table import PostgresTable
from collectors.snapshot import Activity, Snapshot
from collectors.snapshots.schema import Index, Table
from rules.base import SQL, Confidence, Finding, Gain, Impact, Remedy, Severity, Subject, rule
from rules.indexes.catalogue import by_table, place
from rules.indexes.coverage import expendable, searched
from rules.wording import literal, qualified, size

# Measured on PostgreSQL 15 with small keys, cached.
_SECONDS_A_ROW = 3e-6
_LOG_BYTES_A_ROW = 100
_MEDIUM_LOAD = 0.1


@rule(
    title="A busily written table has many indexes",
    severity=Severity.LOW,
    confidence=Confidence.HEURISTIC,
    see=(
        "https://www.postgresql.org/docs/current/indexes-intro.html",
        "https://dev.mysql.com/doc/refman/8.4/en/optimization-indexes.html",
        "https://mariadb.com/kb/en/optimization-and-indexes/",
    ),
    engines=SQL,
)
def too_many_indexes(
    tables: Activity[Table],
    indexes: Snapshot[Index],
    *,
    maximum_indexes: float = 10,
    maximum_size_ratio: float = 2,
    minimum_writes_per_second: float = 50,
) -> Iterator[Finding]:
    """A table takes many writes, and each must change more indexes than the table can justify.

    Why it matters
        Each index adds about 3 microseconds and 100 bytes of log to a row written, and planning
        looks at each of them. On MySQL and MariaDB a delete pays as well, an update only for
        the indexes whose columns it changes; updates are not counted there.

    What to do
        Begin with the least scanned ones: drop what nothing searches, merge what overlaps.

    When to ignore
        Every index serves a statement that matters.
    """
    of_table = by_table(indexes.rows)
    for table in tables.rows:
        its = [i for i in of_table.get(place(table), []) if _beside(table, i)]
        rate = _written(table) / tables.seconds if tables.seconds > 0 else 0.0
        fat = table.heap_bytes and table.index_bytes > maximum_size_ratio * table.heap_bytes
        many = len(its) > maximum_indexes or (fat and len(its) > maximum_indexes / 2)
        if rate >= minimum_writes_per_second and many:
            yield _finding(table, its, rate)


def _beside(table: Table, index: Index) -> bool:
    """InnoDB's primary key is the table itself."""
    return isinstance(table, PostgresTable) or not index.primary


def _written(table: Table) -> int:
    """Rows whose writing changed every index of the table."""
    inserts, updates, deletes = table.inserts or 0, table.updates or 0, table.deletes or 0
    if isinstance(table, PostgresTable):
        return inserts + updates - table.hot_updates
    return inserts + deletes


def _finding(table: Table, indexes: Sequence[Index], rate: float) -> Finding:
    droppable = sorted(filter(expendable, indexes), key=lambda i: (searched(i), -i.size_bytes))
    unscanned = sum(not searched(i) for i in droppable if _counted(i))
    least = ", ".join(_use(i) for i in droppable[:5])
    ours = isinstance(table, PostgresTable)
    return Finding(
        subject=Subject("table", table.name, table.database),
        summary=(
            f"{table.name} has {len(indexes)} indexes ({size(table.index_bytes)}) and "
            f"{rate:,.0f} index-changing writes a second."
        ),
        evidence={
            "indexes": len(indexes),
            "unscanned_indexes": unscanned,
            "index_bytes": table.index_bytes,
            "heap_bytes": table.heap_bytes,
            "writes_per_second": rate,
            "least_scanned": least,
            "estimated_wal_bytes_per_second": round(rate * len(indexes) * _LOG_BYTES_A_ROW)
            if ours
            else None,
        },
        severity=Severity.MEDIUM if rate * unscanned * _SECONDS_A_ROW >= _MEDIUM_LOAD else None,
        impact=Impact(Gain.TIME, rate * unscanned * _SECONDS_A_ROW * 3600),
        remedy=Remedy(
            text=f"Ask of the least scanned ones whether they are needed: {least}.",
            statements=(_postgres_use(table) if ours else _mysql_use(table),),
            risk="None for the query, which reads statistics in milliseconds. Check replicas "
            "before you drop an index.",
            verify="Within an hour of a drop the mean of the table's INSERT statements falls.",
            rollback="None needed: nothing is changed yet; keep the definition of an index you "
            "drop.",
        ),
    )


def _counted(index: Index) -> bool:
    return (index.scans, index.rows_read) != (None, None)


def _use(index: Index) -> str:
    if not _counted(index):
        return f"{index.index} (use not counted)"
    what = "scans" if index.scans is not None else "rows read"
    return f"{index.index} ({searched(index):,} {what})"


def _postgres_use(table: Table) -> str:
    name = qualified(table.schema, table.table)
    return (
        "SELECT indexrelname, idx_scan, pg_relation_size(indexrelid) AS bytes "
        f"FROM pg_stat_user_indexes WHERE relid = {literal(name)}::regclass "
        "ORDER BY idx_scan, bytes DESC;"
    )


def _mysql_use(table: Table) -> str:
    return (
        "SELECT index_name, count_read FROM "
        "performance_schema.table_io_waits_summary_by_index_usage "
        f"WHERE object_schema = {literal(table.schema)} AND object_name = {literal(table.table)} "
        "AND index_name IS NOT NULL ORDER BY count_read;"
    )
