"""Deletes from a parent that read the whole child."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.postgres.postgres_table import PostgresTable
from collectors.snapshot import Activity, Snapshot
from collectors.snapshots.schema import ForeignKey
from rules.base import Confidence, Finding, Gain, Impact, Remedy, Severity, Subject, rule
from rules.indexes.catalogue import place
from rules.wording import literal, qualified, quoted, share, size

_CRITICAL_LOAD = 0.5
_HIGH_LOAD = 0.05


@rule(
    title="A foreign key has no index",
    severity=Severity.MEDIUM,
    see=("https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK",),
)
def unindexed_foreign_key(
    foreign_keys: Snapshot[ForeignKey],
    tables: Activity[PostgresTable],
    *,
    minimum_bytes: float = 10 * 2**20,
    scan_bytes_per_second: float = 1e9,
) -> Iterator[Finding]:
    """Each row deleted from the referenced table reads the whole referencing table.

    Why it matters
        To delete a row the server must see that nothing points at it. Without an index on the
        referencing columns that is a sequential scan a row, with the parent row locked.

    What to do
        Make an index on the referencing columns.

    When to ignore
        The rows are deleted once and never again. Tables whose parent loses no rows, or that
        are under 10 MB, are left out.
    """
    busy = {place(t): t for t in tables.rows}
    for key in foreign_keys.rows:
        child = busy.get((key.database, key.schema, key.table))
        parent = busy.get((key.database, key.referenced_schema, key.referenced_table))
        if key.indexed or child is None or parent is None or child.heap_bytes < minimum_bytes:
            continue
        scans = min(parent.deletes, child.seq_scans)
        if scans and tables.seconds > 0:
            load = scans * child.heap_bytes / scan_bytes_per_second / tables.seconds
            measured = child.seq_scans >= parent.deletes and not tables.accumulated
            yield _finding(key, (child, parent), load, measured=measured)


def _finding(
    key: ForeignKey, ends: tuple[PostgresTable, PostgresTable], load: float, *, measured: bool
) -> Finding:
    child, parent = ends
    columns = ", ".join(key.columns)
    return Finding(
        subject=Subject("table", f"{key.schema}.{key.table}.{key.name}", key.database),
        summary=(
            f"Index {child.name} ({columns}): each delete from {parent.name} scans its "
            f"{size(child.heap_bytes)}; about {share(load)} of one session."
        ),
        evidence={
            "constraint": key.name,
            "child_heap_bytes": child.heap_bytes,
            "child_sequential_scans": child.seq_scans,
            "parent_deletes": parent.deletes,
            "estimated_active_sessions": load,
            "method": "scans caused, times the size of the table, at 1 GB a second from cache",
        },
        severity=_severity(load),
        confidence=Confidence.VALIDATED if measured else None,
        impact=Impact(Gain.TIME, load * 3600),
        remedy=_remedy(key, child),
    )


def _severity(load: float) -> Severity:
    if load >= _CRITICAL_LOAD:
        return Severity.CRITICAL
    return Severity.HIGH if load >= _HIGH_LOAD else Severity.MEDIUM


def _remedy(key: ForeignKey, child: PostgresTable) -> Remedy:
    name = f"{key.table}_{'_'.join(key.columns)}_idx"[:63]
    columns = ", ".join(quoted(c) for c in key.columns)
    made = qualified(key.schema, name)
    return Remedy(
        text=f"Make an index on {child.name} ({columns}); deletes then look up instead of scan.",
        statements=(
            f"CREATE INDEX CONCURRENTLY {quoted(name)} "
            f"ON {qualified(key.schema, key.table)} ({columns});",
        ),
        risk=(
            "SHARE UPDATE EXCLUSIVE lock: reads and writes go on. Minutes for each 100 GB. If it "
            "is cancelled it leaves an invalid index to drop. Adds about 3 microseconds and 100 "
            "bytes of log to each row inserted."
        ),
        verify=(
            "Within 10 minutes this no longer grows with the deletes: "
            "SELECT seq_scan FROM pg_stat_user_tables "
            f"WHERE relid = {literal(qualified(key.schema, key.table))}::regclass;"
        ),
        rollback=f"DROP INDEX CONCURRENTLY {made};",
    )
