"""A table much bigger than its rows."""

from __future__ import annotations

import math
from collections.abc import Iterator

from collectors.postgres.postgres_table import PostgresTable
from collectors.snapshot import Snapshot
from rules.base import Confidence, Finding, Gain, Impact, Remedy, Severity, Subject, rule
from rules.wording import literal, qualified, share, size

_PAGE_BYTES = 8192
_PAGE_HEADER = 24
_LINE_POINTER = 4
_ALIGNMENT = 8


@rule(
    title="A table is bloated",
    severity=Severity.MEDIUM,
    confidence=Confidence.ESTIMATED,
    see=(
        "https://www.postgresql.org/docs/current/pgstattuple.html",
        "https://www.postgresql.org/docs/current/sql-vacuum.html",
    ),
)
def table_bloat(
    tables: Snapshot[PostgresTable],
    *,
    minimum_ratio: float = 0.4,
    minimum_bytes: float = 2**30,
) -> Iterator[Finding]:
    """A table takes far more room than its rows need: dead rows and the holes they left.

    Why it matters
        Sequential scans, the cache and backups carry the empty space along.

    What to do
        Confirm with pgstattuple_approx. If the space will not be used again, rewrite the table:
        pg_repack while it is in use, or VACUUM FULL in a maintenance window.

    When to ignore
        The table turns over: what is empty tonight is full tomorrow. Room that a fillfactor
        under 100 leaves on purpose is not counted. The estimate is good to about 20 %.
    """
    for table in tables.rows:
        needed = _needed_bytes(table)
        if needed is None or table.heap_bytes == 0:
            continue
        empty = table.heap_bytes - needed
        if empty >= minimum_bytes and empty >= minimum_ratio * table.heap_bytes:
            yield _finding(table, needed)


def _needed_bytes(table: PostgresTable) -> float | None:
    """What its rows would take, freshly written; None where they were never analysed."""
    if table.rows is None or not table.row_bytes or not table.fillfactor:
        return None
    row = math.ceil(table.row_bytes / _ALIGNMENT) * _ALIGNMENT + _LINE_POINTER
    usable = (_PAGE_BYTES - _PAGE_HEADER) * table.fillfactor / 100
    rows = max(table.rows, table.live_rows)
    return math.ceil(rows / max(1, usable // row)) * _PAGE_BYTES


def _finding(table: PostgresTable, needed: float) -> Finding:
    empty = table.heap_bytes - needed
    ratio = empty / table.heap_bytes
    return Finding(
        subject=Subject("table", table.name, table.database),
        summary=(
            f"{table.name} takes {size(table.heap_bytes)} for rows that need {size(needed)}: about "
            f"{share(ratio)} is empty."
        ),
        evidence={
            "heap_bytes": table.heap_bytes,
            "estimated_needed_bytes": round(needed),
            "empty_bytes": round(empty),
            "empty_ratio": ratio,
            "rows": table.rows,
            "row_bytes": table.row_bytes,
            "dead_rows": table.dead_rows,
            "fillfactor": table.fillfactor,
        },
        impact=Impact(Gain.SPACE, empty),
        remedy=_remedy(table, needed),
    )


def _remedy(table: PostgresTable, needed: float) -> Remedy:
    name = qualified(table.schema, table.table)
    return Remedy(
        text=(
            "First confirm: approx_free_percent and dead_tuple_percent of pgstattuple_approx "
            f"should add up to 40 or more. pg_repack -t {name} does the same as the statement "
            "below with only short locks, where it is installed."
        ),
        statements=("SET lock_timeout = '2s';", f"VACUUM (FULL, VERBOSE, ANALYZE) {name};"),
        risk=(
            "VACUUM FULL takes ACCESS EXCLUSIVE: nobody reads or writes the table for minutes for "
            f"each 10 GB. Needs {size(needed + table.index_bytes)} of free disk. pg_repack needs "
            "the same disk and a primary key, and locks for seconds."
        ),
        verify=(
            f"Afterwards this gives about {round(needed):,}: SELECT "
            f"pg_relation_size({literal(name)}); before: CREATE EXTENSION IF NOT EXISTS "
            "pgstattuple; SELECT approx_free_percent, dead_tuple_percent FROM "
            f"pgstattuple_approx({literal(name)});"
        ),
        rollback="None needed: the rows are the same.",
    )
