"""A statement that looks at far more than it returns."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.session import Server
from collectors.snapshot import Activity
from collectors.snapshots.statements import Statement
from rules.base import Finding, Remedy, Severity, rule
from rules.statements.by_digest import DigestCost, explaining, heavy
from rules.statements.signs import TOUCHED_BYTES_PER_CALL, TOUCHED_BYTES_PER_ROW, wastes
from rules.wording import share, size


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
    touched_bytes_per_call: float = TOUCHED_BYTES_PER_CALL,
    touched_bytes_per_row: float = TOUCHED_BYTES_PER_ROW,
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
        It is high where the statement takes over a fifth of all time or keeps a session busy,
        else medium.
    """
    for cost in heavy(statements, least_active_sessions):
        if wastes(cost, touched_bytes_per_call, touched_bytes_per_row):
            yield _finding(cost, server)


def _finding(cost: DigestCost[Statement], server: Server) -> Finding:
    per_call, rows = cost.per_call(cost.touched_bytes), cost.per_call(cost.total.rows)
    return Finding(
        subject=cost.subject,
        summary=f"{cost.name} looks at {size(per_call)} of blocks a call to return "
        f"{round(rows, 1):,.10g} rows; it takes {share(cost.share_ratio)} of the execution time.",
        evidence=cost.evidence(
            touched_bytes_per_call=per_call,
            touched_bytes_per_row=cost.touched_bytes_per_row,
            rows_per_call=rows,
        ),
        # A fitting index leaves a tenth of the blocks or fewer.
        impact=cost.gain(0.9),
        severity=cost.severity,
        remedy=Remedy(
            text="Give it an index that leads to the rows it returns: equality columns of its "
            "WHERE first, then the one of the range or of ORDER BY. If missing-index names one, "
            "take that one. The gain assumes that nine tenths of the blocks can go.",
            statements=explaining(server, cost),
            risk="None for the plan: the statement is not run. An index costs space and slows "
            "writes to its table.",
            verify="Blocks a call (shared_blks_hit + shared_blks_read) fall to a tenth or less in "
            "the next window.",
            rollback="None needed: the plan changes nothing.",
        ),
    )
