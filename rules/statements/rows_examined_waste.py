"""A statement that looks at a thousand rows for each it returns, by an index that fits badly."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.mysql.statements import MysqlStatement
from collectors.mysql.tables import MysqlTable
from collectors.session import Server
from collectors.snapshot import Activity, Snapshot
from rules.base import MYSQL, Finding, Remedy, Severity, rule
from rules.statements.by_digest import sample_call
from rules.statements.mysql_costs import (
    WASTED_ROWS_PER_ROW,
    MysqlCost,
    changes,
    examined,
    examined_per_row,
    noticeable,
    plan_words,
    wastes_rows,
)
from rules.statements.mysql_tables import joins_large, reads, reads_whole
from rules.wording import share


@rule(
    title="A statement looks at far more rows than it returns",
    severity=Severity.MEDIUM,
    see=(
        "https://dev.mysql.com/doc/refman/8.4/en/multiple-column-indexes.html",
        "https://mariadb.com/kb/en/compound-composite-indexes/",
    ),
    engines=MYSQL,
)
def rows_examined_waste(
    statements: Activity[MysqlStatement],
    server: Server,
    tables: Snapshot[MysqlTable] | None,
    *,
    least_active_sessions: float = 0.1,
    examined_rows_per_row: float = WASTED_ROWS_PER_ROW,
) -> Iterator[Finding]:
    """It uses an index, yet looks at a thousand rows or more for each row it returns or deletes.

    Why it matters
        The index leads to many rows, most of which another condition throws away. Each is read
        into the buffer pool; a DELETE also locks them all.

    What to do
        Widen the index by the column of the condition that throws rows away. A growing OFFSET
        asks for another way to page: continue after the last key seen.

    When to ignore
        Summaries need what they look at and are left out, as is UPDATE, which may find many rows
        as they should be. What reads a whole table is told by full-scan-statement, what joins
        without an index by full-join-statement. It is high where the statement takes over a
        fifth of all time or keeps a session busy.
    """
    for cost in noticeable(statements, least_active_sessions):
        if wastes_rows(cost, examined_rows_per_row):
            read = reads(cost, tables)
            if not reads_whole(cost, read) and not joins_large(cost, read):
                yield _finding(cost, server)


def _finding(cost: MysqlCost, server: Server) -> Finding:
    rows = cost.per_call(cost.total.rows)
    verb = "delete" if changes(cost) else "return"
    return Finding(
        subject=cost.subject,
        summary=f"{cost.name} looks at {examined(cost):,.0f} rows a call to {verb} "
        f"{round(rows, 1):,.10g}; it takes {share(cost.share_ratio)} of the execution time.",
        evidence=cost.evidence(
            rows_examined_per_call=examined(cost),
            rows_per_call=rows,
            rows_examined_per_row=examined_per_row(cost),
        ),
        impact=cost.gain(0.9),
        severity=cost.severity,
        remedy=Remedy(
            text=f"Find the condition that throws rows away. {plan_words(server, cost)}. A low "
            '"filtered" value, or a filter above an index lookup, names it. Add its column to '
            "the index that is used. If the statement pages with OFFSET, let it continue after "
            "the last key instead. The gain assumes that nine tenths of the rows can go.",
            statements=sample_call(server, cost),
            risk="None for the plan: the statement is not run. A wider index costs space and slows "
            "writes to its table.",
            verify=f"Rows examined a call fall from {examined(cost):,.0f} to a hundredth or less "
            "in the next window.",
            rollback="None needed: the plan changes nothing.",
        ),
    )
