"""A statement that reads whole tables to use few rows."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.mysql.statements import MysqlStatement
from collectors.mysql.tables import MysqlTable
from collectors.session import Server
from collectors.snapshot import Activity, Snapshot
from collectors.snapshots.schema import Index
from rules.base import MYSQL, Confidence, Finding, Remedy, Severity, rule
from rules.mysql_wording import qualified, quoted
from rules.statements.by_digest import sample_call
from rules.statements.mysql_costs import (
    EXAMINED_ROWS_PER_CALL,
    MysqlCost,
    changes,
    examined,
    filters,
    noticeable,
    pages,
    plan_words,
    summarises,
)
from rules.statements.mysql_tables import Reads, joins_large, reads, reads_whole
from rules.wording import share


@rule(
    title="A statement reads a whole table to use few rows",
    severity=Severity.MEDIUM,
    see=(
        "https://dev.mysql.com/doc/refman/8.4/en/table-scan-avoidance.html",
        "https://mariadb.com/kb/en/getting-started-with-indexes/",
    ),
    engines=MYSQL,
)
def full_scan_statement(
    statements: Activity[MysqlStatement],
    server: Server,
    tables: Snapshot[MysqlTable] | None,
    indexes: Snapshot[Index] | None,
    *,
    least_active_sessions: float = 0.1,
) -> Iterator[Finding]:
    """Most calls use no index to find their rows, and look at a hundred rows for each they use.

    Why it matters
        Each call costs as much as the table is large, so it gets slower as data grows. An UPDATE
        or DELETE also locks every row it looks at until its transaction ends.

    What to do
        Run EXPLAIN with real values, then SHOW WARNINGS. If an index fits and is not used, the
        value has another type or collation than the column: a number compared with a text column
        converts every row. Bind the value as the column's type. Else add the index.

    When to ignore
        Exports and summaries that need the whole table: those without a WHERE, and those with
        GROUP BY, are left out. Of a count or sum with a WHERE nobody knows how many rows fit: it
        is medium at most. It is high where the statement takes over a fifth of all time or keeps
        a session busy.
    """
    for cost in noticeable(statements, least_active_sessions):
        if examined(cost) >= EXAMINED_ROWS_PER_CALL:
            read = reads(cost, tables, indexes)
            if reads_whole(cost, read) and not joins_large(cost, read):
                yield _finding(cost, server, read)


def _finding(cost: MysqlCost, server: Server, read: Reads) -> Finding:
    rows, summary = cost.per_call(cost.total.rows), summarises(cost)
    what = f"table {read.only.name}" if read.only else "a whole table"
    used = "summarise some" if summary else f"use {round(rows, 1):,.10g}"
    return Finding(
        subject=cost.subject,
        summary=f"{cost.name} looks at {examined(cost):,.0f} rows of {what} a call to {used}; it "
        f"takes {share(cost.share_ratio)} of the execution time.",
        evidence=cost.evidence(
            rows_examined_per_call=examined(cost),
            rows_per_call=rows,
            table_rows=read.only.rows if read.only else None,
            unused_index=read.ignored.name if read.ignored else None,
        ),
        impact=cost.gain(0.5 if summary else 0.9),
        severity=min(cost.severity, Severity.MEDIUM) if summary else cost.severity,
        confidence=Confidence.HEURISTIC if summary else None,
        remedy=_bind(cost, server, read.ignored) if read.ignored else _index(cost, server, read),
    )


def _bind(cost: MysqlCost, server: Server, index: Index) -> Remedy:
    table = qualified(index.schema, index.table)
    return Remedy(
        text=f"Pass the value of {quoted(index.columns[0])} with the column's own type: index "
        f"{quoted(index.index)} begins with it and is not used, which mostly means that a number "
        f"is compared with text, or one collation with another. {_warnings(server, cost)} If there "
        "is none, few values fill the column: then the index needs a second column of the WHERE.",
        statements=(f"SHOW CREATE TABLE {table};", *sample_call(server, cost)),
        risk="None for looking; no change to the table. Altering the column instead rewrites the "
        "whole table and fails where a value does not fit.",
        verify=_verify(cost),
        rollback="Deploy the previous build.",
    )


def _index(cost: MysqlCost, server: Server, read: Reads) -> Remedy:
    return Remedy(
        text=f"{_way(cost, read)} {_warnings(server, cost)} The gain assumes that most of the "
        "rows need not be looked at.",
        statements=sample_call(server, cost),
        risk="None for the plan: the statement is not run. An index costs space and slows writes "
        "to its table.",
        verify=_verify(cost),
        rollback="None needed: the plan changes nothing.",
    )


def _way(cost: MysqlCost, read: Reads) -> str:
    if pages(cost) and not filters(cost):
        return (
            "It pages with OFFSET and reads all rows that it skips: let it continue after the last "
            "key that was seen (WHERE id > ? ORDER BY id LIMIT ?). Sort by indexed columns."
        )
    locks = " Until then each call locks all rows it looks at." if changes(cost) else ""
    here = f" (here {', '.join(map(quoted, read.compared))})" if read.compared else ""
    return (
        f"Give it an index: columns of its WHERE that equal a value first{here}, then the one of "
        f"the range or of ORDER BY.{locks} Check first that none fits already and is not used."
    )


def _warnings(server: Server, cost: MysqlCost) -> str:
    notes = "1105" if server.engine == "mariadb" else "1739 or 1740"
    return (
        f"{plan_words(server, cost)}. Then SHOW WARNINGS: note {notes} says that an index cannot "
        "be used because of a type or collation; bind the right type."
    )


def _verify(cost: MysqlCost) -> str:
    return (
        f"Rows examined a call fall from {examined(cost):,.0f} to a hundredth or less in the next "
        "window; EXPLAIN shows the index as key."
    )
