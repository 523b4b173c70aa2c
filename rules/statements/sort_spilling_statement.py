"""A statement whose sorts do not fit in memory."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.mysql.statements import MysqlStatement
from collectors.session import Server
from collectors.snapshot import Activity
from rules.base import MYSQL, Finding, Remedy, Severity, rule
from rules.statements.by_digest import sample_call
from rules.statements.mysql_costs import (
    MERGE_PASSES_PER_CALL,
    MysqlCost,
    noticeable,
    plan_words,
    scans,
    spills_sorts,
)
from rules.wording import share, size

MB = 1024 * 1024
_GENEROUS_BYTES = 32 * MB
# The server merges seven sorted pieces a pass, and at most fifteen in the last one.
_PIECES_PER_PASS = 7
_LAST_PIECES = 15


@rule(
    title="A statement's sorts do not fit in memory",
    severity=Severity.MEDIUM,
    see=(
        "https://dev.mysql.com/doc/refman/8.4/en/order-by-optimization.html",
        "https://mariadb.com/kb/en/server-system-variables/#sort_buffer_size",
    ),
    engines=MYSQL,
)
def sort_spilling_statement(
    statements: Activity[MysqlStatement],
    server: Server,
    *,
    least_active_sessions: float = 0.1,
    merge_passes_per_call: float = MERGE_PASSES_PER_CALL,
) -> Iterator[Finding]:
    """Each call sorts more than sort_buffer_size holds, and merges the pieces through a file.

    Why it matters
        What is sorted is written and read back, once for each pass, for an order that is thrown
        away when the statement ends.

    What to do
        Let an index give the order: its WHERE columns that equal a value, then those of ORDER BY.
        Else sort fewer columns and look the wide ones up afterwards. Only then give this one
        statement a larger sort_buffer_size: never raise it for all, each sort may take it.

    When to ignore
        Nightly reports. What reads a whole table to return few rows is told by
        full-scan-statement alone: its index removes the sort too. It is high where the statement
        takes over a fifth of all time or keeps a session busy.
    """
    for cost in noticeable(statements, least_active_sessions):
        spills = spills_sorts(cost, merge_passes_per_call) and not scans(cost)
        if spills:
            yield _finding(cost, server)


def _finding(cost: MysqlCost, server: Server) -> Finding:
    passes, rows = (
        cost.per_call(cost.total.sort_merge_passes),
        cost.per_call(cost.total.sorted_rows),
    )
    return Finding(
        subject=cost.subject,
        summary=f"{cost.name} sorts {rows:,.0f} rows a call through files, {passes:,.3g} merge "
        f"{'pass' if passes == 1 else 'passes'}; it takes {share(cost.share_ratio)} of the "
        "execution time.",
        evidence=cost.evidence(
            merge_passes_per_call=passes,
            sorted_rows_per_call=rows,
            sort_buffer_size_bytes=_buffer(server),
        ),
        # How much of the time is the sort's is not counted: a third is a cautious guess.
        impact=cost.gain(0.33),
        severity=cost.severity,
        remedy=Remedy(
            text="Let an index give the order: the columns of WHERE that equal a value first, then "
            "those of ORDER BY, all in the same direction. If that cannot be done, sort only the "
            "key and the columns of ORDER BY, and join the wide columns to the result. "
            f"{plan_words(server, cost)}. The plan names the sort. {_memory(server, passes)}",
            statements=sample_call(server, cost),
            risk="An index costs space and slows writes to its table. A larger buffer is taken by "
            "each call while it sorts.",
            verify="SUM_SORT_MERGE_PASSES of this statement stands still in the next window.",
            rollback="None needed: nothing is changed yet.",
        ),
    )


def _buffer(server: Server) -> float | None:
    found = server.settings.get("sort_buffer_size")
    return float(found) if found else None


def _memory(server: Server, passes: float) -> str:
    """A buffer for this statement alone, where a reasonable one holds the sort."""
    buffer = _buffer(server)
    wanted = 0.0 if buffer is None else buffer * (_LAST_PIECES + _PIECES_PER_PASS * (passes - 1))
    if not wanted or wanted > _GENEROUS_BYTES:
        return "More memory is no way out: leave sort_buffer_size as it is."
    number = 1 << (int(wanted) - 1).bit_length()
    way = (
        f"the hint /*+ SET_VAR(sort_buffer_size = {number}) */ after SELECT"
        if server.engine == "mysql" and server.at_least(8)
        else f"SET STATEMENT sort_buffer_size = {number} FOR before it"
        if server.engine == "mariadb"
        else f"SET SESSION sort_buffer_size = {number} before it"
    )
    return f"In memory it needs up to {size(number)}: give that to this statement alone, by {way}."
