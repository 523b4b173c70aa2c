"""Planner statistics that no longer describe the table."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.postgres.postgres_table import PostgresTable
from collectors.snapshot import Activity, Snapshot
from rules.base import Confidence, Finding, Remedy, Severity, Subject, rule
from rules.wording import duration, literal, qualified, share

_KINDS = ("table", "partition", "materialized view")


@rule(
    title="The planner's statistics are stale",
    severity=Severity.MEDIUM,
    confidence=Confidence.ESTIMATED,
    see=("https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-STATISTICS",),
)
def stale_statistics(
    tables: Snapshot[PostgresTable],
    changes: Activity[PostgresTable] | None,
    *,
    minimum_rows: float = 10_000,
    maximum_changed_ratio: float = 0.2,
    patience_seconds: float = 600,
) -> Iterator[Finding]:
    """A fifth of a table has changed since its statistics were taken, or they never were.

    Why it matters
        The planner chooses joins and indexes by row counts that are no longer true; a statement
        can become a thousand times slower from one call to the next.

    What to do
        Run ANALYZE on the table; have autovacuum analyse it sooner.

    When to ignore
        The change is minutes old and autovacuum is about to see it: what changed within the
        watched window does not count.
    """
    watched = changes is not None and not changes.accumulated
    recent = {
        (t.database, t.oid): t.inserts + t.updates + t.deletes
        for t in (changes.rows if changes and watched else ())
    }
    for table in tables.rows:
        if table.kind not in _KINDS or table.live_rows < minimum_rows:
            continue
        age = None if table.analyzed_at is None else tables.taken_at - table.analyzed_at
        if age is not None and age < patience_seconds:
            continue
        changed = table.modified_rows - recent.get((table.database, table.oid), 0)
        if changed > max(minimum_rows, maximum_changed_ratio * table.live_rows) or (
            age is None and changed >= minimum_rows
        ):
            yield _finding(table, age, sure=watched or age is not None or not table.autovacuum)


def _finding(table: PostgresTable, age: float | None, *, sure: bool) -> Finding:
    since = "were never taken" if age is None else f"are {duration(age)} old"
    ratio = table.modified_rows / table.live_rows
    return Finding(
        subject=Subject("table", table.name, table.database),
        summary=(
            f"Analyse {table.name}: its statistics {since}, and {table.modified_rows:,} rows "
            f"({share(ratio)}) have changed since."
        ),
        evidence={
            "modified_rows": table.modified_rows,
            "live_rows": table.live_rows,
            "modified_ratio": ratio,
            "statistics_age_seconds": None if age is None else round(age),
            "autovacuum": table.autovacuum,
        },
        # A table made a minute ago looks the same at first sight.
        severity=None if sure else Severity.LOW,
        remedy=_remedy(table),
    )


def _remedy(table: PostgresTable) -> Remedy:
    name = qualified(table.schema, table.table)
    return Remedy(
        text="Take new statistics now; autovacuum then does so after 2 % of changes, not 10 %.",
        statements=(
            f"ANALYZE {name};",
            "SET lock_timeout = '2s';",
            f"ALTER TABLE {name} SET (autovacuum_analyze_scale_factor = 0.02);",
        ),
        risk=(
            "SHARE UPDATE EXCLUSIVE lock: reads and writes go on. Seconds: it reads a sample. "
            "Plans of cached statements are made anew."
        ),
        verify=(
            f"At once n_mod_since_analyze of pg_stat_user_tables for {literal(name)} is near 0."
        ),
        rollback=f"ALTER TABLE {name} RESET (autovacuum_analyze_scale_factor);",
    )
