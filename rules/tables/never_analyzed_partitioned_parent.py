"""A partitioned table without statistics of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from collectors.postgres.postgres_table import PostgresTable
from collectors.snapshot import Snapshot
from rules.base import Confidence, Finding, Remedy, Severity, Subject, rule
from rules.wording import literal, qualified


@rule(
    title="A partitioned table was never analysed",
    severity=Severity.MEDIUM,
    confidence=Confidence.ESTIMATED,
    see=("https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-STATISTICS",),
)
def never_analyzed_partitioned_parent(
    tables: Snapshot[PostgresTable], *, minimum_rows: float = 10_000
) -> Iterator[Finding]:
    """Autovacuum analyses partitions, never the table they belong to.

    Why it matters
        For joins and groupings over the whole table the planner needs the parent's statistics.
        Without them it takes each column to have few values, and chooses nested loops.

    What to do
        Run ANALYZE on the parent now, and once a day or after each load from a job.

    When to ignore
        Every statement names one partition's range, so the parent is never planned as a whole.
    """
    rows: Counter[tuple[str, str]] = Counter()
    for table in tables.rows:
        if table.kind == "partition":
            rows[table.database, table.schema] += table.live_rows
    for parent in tables.rows:
        analysed = parent.rows is not None or parent.analyzed_at is not None
        if parent.kind != "partitioned table" or analysed:
            continue
        held = rows[parent.database, parent.schema]
        if held >= minimum_rows:
            yield _finding(parent, held)


def _finding(parent: PostgresTable, held: int) -> Finding:
    name = qualified(parent.schema, parent.table)
    return Finding(
        subject=Subject("table", parent.name, parent.database),
        summary=f"Analyse {parent.name}: it has no statistics of its own, and the partitions of "
        f"its schema hold {held:,} rows.",
        evidence={"partition_rows": held, "statistics": "none"},
        remedy=Remedy(
            text="Take statistics of the parent now, and each day from a job: autovacuum won't.",
            statements=(f"ANALYZE {name};",),
            risk=(
                "SHARE UPDATE EXCLUSIVE lock: reads and writes go on. Seconds to minutes: it "
                "samples the parent and every partition."
            ),
            verify=(
                f"At once one a column is counted by: SELECT count(*) FROM pg_stats "
                f"WHERE inherited AND schemaname || '.' || tablename = {literal(parent.name)};"
            ),
            rollback="None needed: only statistics are taken.",
        ),
    )
