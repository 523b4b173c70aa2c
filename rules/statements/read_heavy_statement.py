"""A statement that looks at far more than it returns."""

from __future__ import annotations

import re
from collections.abc import Iterator

from collectors.session import Server
from collectors.snapshot import Activity
from collectors.snapshots.statements import Statement
from rules.base import Finding, Remedy, Severity, rule
from rules.statements.by_digest import BLOCK_BYTES, DigestCost, explaining, heavy
from rules.wording import share, size

_AGGREGATES = re.compile(
    r"\b(count|sum|avg|min|max|\w+_agg)\s*\(|\bgroup\s+by\b|\bdistinct\b", re.IGNORECASE
)


@rule(
    title="A statement reads far more than it returns",
    severity=Severity.MEDIUM,
    see=("https://www.postgresql.org/docs/current/indexes-intro.html",),
)
def read_heavy_statement(
    statements: Activity[Statement],
    server: Server,
    *,
    least_active_sessions: float = 0.1,
    touched_bytes_per_call: float = 1000 * BLOCK_BYTES,
    touched_bytes_per_row: float = 100 * BLOCK_BYTES,
) -> Iterator[Finding]:
    """A statement looks at a hundred blocks or more for each row it returns or changes.

    Why it matters
        A lookup by a fitting index touches a handful of blocks a row. The rest is read, tested
        and thrown away: processor time and cache that other statements need.

    What to do
        Look at its plan: rows removed by a filter name the column an index lacks. OFFSET that
        grows and rows skipped over an index ask for another way to page.

    When to ignore
        Statements that answer with one number about many rows; plain aggregates are left out.
    """
    for cost in heavy(statements, least_active_sessions):
        touched = cost.touched_bytes
        if touched is None or _AGGREGATES.search(cost.total.query):
            continue
        per_row = touched / max(cost.total.rows or 0, cost.total.calls)
        if cost.per_call(touched) >= touched_bytes_per_call and per_row >= touched_bytes_per_row:
            yield _finding(cost, server, per_row)


def _finding(cost: DigestCost, server: Server, per_row: float) -> Finding:
    per_call = cost.per_call(cost.touched_bytes)
    return Finding(
        subject=cost.subject,
        summary=f"a statement looks at {size(per_call)} of blocks a call to return "
        f"{cost.per_call(cost.total.rows):.3g} rows; it takes {share(cost.share_ratio)} of the "
        "execution time",
        evidence=cost.evidence(
            touched_bytes_per_call=per_call,
            touched_bytes_per_row=per_row,
            rows_per_call=cost.per_call(cost.total.rows),
        ),
        # A fitting index leaves a tenth of the blocks or fewer.
        impact=cost.gain(0.9),
        severity=Severity.HIGH if cost.active_sessions >= 1 else Severity.MEDIUM,
        remedy=Remedy(
            text="Give it an index that leads to the rows it returns: equality columns of its "
            "WHERE first, then the one of the range or of ORDER BY. If missing-index names one, "
            "take that one. The gain assumes that nine tenths of the blocks can go.",
            statements=explaining(server, cost),
            risk="None for the plan: the statement is not run. An index costs space and slows "
            "writes to its table.",
            verify="Blocks a call (shared_blks_hit + shared_blks_read) fall by ten times or more.",
            rollback="None for the plan; DROP INDEX CONCURRENTLY for an index.",
        ),
    )
