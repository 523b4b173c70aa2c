"""A big table that a statement reads in full at each call."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from collectors.postgres.postgres_table import PostgresTable
from collectors.session import Server
from collectors.snapshot import Activity
from collectors.snapshots.statements import Statement
from rules.base import Confidence, Finding, Remedy, Severity, Subject, rule
from rules.statements.by_digest import DigestCost, explaining, heavy
from rules.wording import duration, share, size

_MINIMUM_SCANS = 5
_MINIMUM_LOAD = 0.1
_HIGH_LOAD = 1.0
# An index can only help a statement that looks for something.
_SELECTIVE = re.compile(r"\b(where|join)\b", re.IGNORECASE)
_EXPLAINABLE = re.compile(r"\s*(select|with|update|delete|merge|insert)\b", re.IGNORECASE)


@rule(
    title="A table is read in full again and again",
    severity=Severity.MEDIUM,
    confidence=Confidence.ESTIMATED,
    see=("https://www.postgresql.org/docs/current/using-explain.html",),
)
def seq_scan_heavy_table(  # noqa: PLR0913
    tables: Activity[PostgresTable],
    statements: Activity[Statement],
    server: Server,
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
    searches = [c for c in heavy(statements, _MINIMUM_LOAD) if c.seconds and _searches(c)]
    for table in tables.rows:
        scans = _full_scans(table)
        rate = scans * 60 / tables.seconds if tables.seconds > 0 else 0.0
        if scans < _MINIMUM_SCANS or rate < minimum_scans_per_minute:
            continue
        if table.live_rows < minimum_rows or table.heap_bytes < minimum_bytes:
            continue
        cause = _cause(table, searches)
        if cause:
            yield _finding(table, cause, server)


def _full_scans(table: PostgresTable) -> float:
    """Sequential scans, without those that a LIMIT cut short."""
    return min(table.seq_scans, table.seq_rows / max(1, table.live_rows))


def _searches(cost: DigestCost[Statement]) -> bool:
    query = cost.total.query
    return bool(_EXPLAINABLE.match(query) and _SELECTIVE.search(query))


def _cause(
    table: PostgresTable, costs: Iterable[DigestCost[Statement]]
) -> DigestCost[Statement] | None:
    """The costliest statement that names the table and touches about as much as it holds."""
    named = re.compile(rf'(?<![\w$])"?{re.escape(table.table)}"?(?![\w$])')
    reading = (
        c
        for c in costs
        if c.total.database == table.database
        and c.per_call(c.touched_bytes) >= table.heap_bytes / 2
        and named.search(c.total.query)
    )
    return next(reading, None)


def _finding(table: PostgresTable, cause: DigestCost[Statement], server: Server) -> Finding:
    load = cause.active_sessions
    return Finding(
        subject=Subject("table", table.name, table.database),
        summary=(
            f"{cause.name} reads all {size(table.heap_bytes)} of {table.name} a call and keeps "
            f"{load:.2g} sessions busy."
        ),
        evidence={
            "full_scans": round(_full_scans(table)),
            "live_rows": table.live_rows,
            "heap_bytes": table.heap_bytes,
            "digest": cause.total.digest,
            "touched_bytes_per_call": cause.per_call(cause.touched_bytes),
            **cause.evidence(),
        },
        severity=Severity.HIGH if load >= _HIGH_LOAD else None,
        impact=cause.gain(1.0),
        remedy=_remedy(cause, server),
    )


def _remedy(cause: DigestCost[Statement], server: Server) -> Remedy:
    return Remedy(
        text=(
            f"Look at the plan of statement {cause.total.digest} with typical values: the rows its "
            f"filter removes say which column wants an index. Its {share(cause.active_sessions)} "
            "of one session is the most that can be saved."
        ),
        statements=explaining(server, cause),
        risk="None: the plan is made, the statement is not run.",
        verify=(
            "Within 10 minutes of the change the statement's mean falls from "
            f"{duration(cause.mean_seconds)}, and seq_scan of pg_stat_user_tables no longer grows "
            "with its calls."
        ),
        rollback="None needed: nothing is changed yet.",
    )
