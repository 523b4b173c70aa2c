"""A big table that a statement reads in full at each call."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from collectors.snapshot import Activity
from collectors.snapshots.schema import Table
from collectors.snapshots.statements import Statement
from rules.base import Confidence, Finding, Gain, Impact, Remedy, Severity, Subject, rule
from rules.wording import qualified, share, size

MINIMUM_SCANS = 5
MINIMUM_LOAD = 0.1
HIGH_LOAD = 1.0
# An index can only help a statement that looks for something.
_SELECTIVE = re.compile(r"\b(where|join)\b", re.IGNORECASE)
_EXPLAINABLE = re.compile(r"\s*(select|with|update|delete|merge|insert)\b", re.IGNORECASE)


@rule(
    title="A table is read in full again and again",
    severity=Severity.MEDIUM,
    confidence=Confidence.ESTIMATED,
    see=("https://www.postgresql.org/docs/current/using-explain.html",),
)
def seq_scan_heavy_table(
    tables: Activity[Table],
    statements: Activity[Statement],
    *,
    minimum_bytes: float = 10 * 2**20,
    minimum_rows: float = 100_000,
    minimum_scans_per_minute: float = 1,
) -> Iterator[Finding]:
    """A statement that costs time reads a whole table each time it runs.

    Why it matters
        Its time grows with the table, it pushes everything else out of the cache, and several
        at once saturate the disk.

    What to do
        Look at its plan: a condition that no index serves, a function around the column, or a
        type that does not fit the index.

    When to ignore
        It needs most rows anyway (reports, exports). Tables whose scans no statement of weight
        explains are left out.
    """
    weighty = tuple(_weighty(statements))
    for table in tables.rows:
        scans = _full_scans(table)
        rate = scans * 60 / tables.seconds if tables.seconds > 0 else 0.0
        if scans < MINIMUM_SCANS or rate < minimum_scans_per_minute:
            continue
        if table.live_rows < minimum_rows or table.heap_bytes < minimum_bytes:
            continue
        cause = _cause(table, weighty)
        if cause:
            yield _finding(table, cause, statements.seconds)


def _full_scans(table: Table) -> float:
    """Sequential scans, without those that a LIMIT cut short."""
    return min(table.seq_scans, table.seq_rows / max(1, table.live_rows))


def _weighty(statements: Activity[Statement]) -> Iterator[Statement]:
    """Statements that cost time and look for something."""
    floor = MINIMUM_LOAD * statements.seconds
    for statement in statements.rows:
        weighs = statement.exec_seconds >= floor > 0 and statement.calls > 0
        searches = _EXPLAINABLE.match(statement.query) and _SELECTIVE.search(statement.query)
        if weighs and searches and not statement.own:
            yield statement


def _cause(table: Table, statements: Iterable[Statement]) -> Statement | None:
    """The costliest statement that names the table and touches about as much as it holds."""
    named = re.compile(rf'(?<![\w$])"?{re.escape(table.table)}"?(?![\w$])')
    reading = (
        s
        for s in statements
        if s.database == table.database
        and _touched(s) / s.calls >= table.heap_bytes / 2
        and named.search(s.query)
    )
    return max(reading, key=lambda s: s.exec_seconds, default=None)


def _touched(statement: Statement) -> int:
    return (statement.shared_hit_bytes or 0) + (statement.shared_read_bytes or 0)


def _finding(table: Table, cause: Statement, seconds: float) -> Finding:
    load = cause.exec_seconds / seconds
    return Finding(
        subject=Subject("table", table.name, table.database),
        summary=(
            f"Statement {cause.digest} reads all {size(table.heap_bytes)} of {table.name} a call "
            f"and keeps {load:.2g} sessions busy."
        ),
        evidence={
            "full_scans": round(_full_scans(table)),
            "live_rows": table.live_rows,
            "heap_bytes": table.heap_bytes,
            "digest": cause.digest,
            "query": cause.query,
            "calls": cause.calls,
            "touched_bytes_a_call": round(_touched(cause) / cause.calls),
            "load_sessions": round(load, 3),
        },
        severity=Severity.HIGH if load >= HIGH_LOAD else None,
        impact=Impact(Gain.TIME, load * 3600),
        remedy=_remedy(table, cause, load),
    )


def _remedy(table: Table, cause: Statement, load: float) -> Remedy:
    per_call = cause.exec_seconds / cause.calls
    return Remedy(
        text=(
            f"Look at the plan of statement {cause.digest} with typical values: the rows its "
            f"filter removes say which column wants an index. Its {share(load)} of one session "
            "is the most that can be saved."
        ),
        statements=(f"ANALYZE {qualified(table.schema, table.table)};",),
        risk="ANALYZE takes SHARE UPDATE EXCLUSIVE for seconds: reads and writes go on.",
        verify=(
            f"Mean time of the statement falls from {per_call:.3g} s, and seq_scan of "
            "pg_stat_user_tables stops growing with its calls, within 10 minutes of the change."
        ),
        rollback="None needed: nothing but statistics was changed.",
    )
