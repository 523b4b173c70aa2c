"""A statement that joins tables without an index."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.mysql.statements import MysqlStatement
from collectors.mysql.tables import MysqlTable
from collectors.session import Server
from collectors.snapshot import Activity, Snapshot
from rules.base import MYSQL, Finding, Remedy, Severity, rule
from rules.statements.by_digest import sample_call
from rules.statements.mysql_costs import (
    MysqlCost,
    examined,
    noticeable,
    plan_words,
)
from rules.statements.mysql_tables import Reads, joins_large, reads
from rules.wording import duration, share


@rule(
    title="A statement joins tables without an index",
    severity=Severity.MEDIUM,
    see=(
        "https://dev.mysql.com/doc/refman/8.4/en/hash-joins.html",
        "https://mariadb.com/kb/en/block-based-join-algorithms/",
    ),
    engines=MYSQL,
)
def full_join_statement(
    statements: Activity[MysqlStatement],
    server: Server,
    tables: Snapshot[MysqlTable] | None,
    *,
    least_active_sessions: float = 0.1,
    least_calls_per_minute: float = 1.0,
) -> Iterator[Finding]:
    """Most calls read a joined table from end to end, for lack of an index on the join's columns.

    Why it matters
        The work is that of both tables together, or of one times the other where no hash join
        is possible. It grows faster than the data. A larger join_buffer_size hides it for a while.

    What to do
        Index the column by which the second table is joined, of the same type and collation as
        the column it is compared with: two columns of different types cannot use the index.

    When to ignore
        Nightly reports that need all rows of both tables. Tables under 1,000 rows are left out:
        they are best read whole. It is high where the statement takes over a fifth of all time
        or keeps a session busy.
    """
    for cost in noticeable(statements, least_active_sessions):
        often = cost.calls_per_second * 60 > least_calls_per_minute
        if often and joins_large(cost, read := reads(cost, tables)):
            yield _finding(cost, server, read)


def _finding(cost: MysqlCost, server: Server, read: Reads) -> Finding:
    names = " and ".join(dict.fromkeys(t.name for t in read.tables)) or "tables"
    return Finding(
        subject=cost.subject,
        summary=f"{cost.name} joins {names} without an index, {duration(cost.mean_seconds)} a "
        f"call; it takes {share(cost.share_ratio)} of the execution time.",
        evidence=cost.evidence(
            full_joins_per_call=cost.per_call(cost.total.full_joins),
            # MariaDB counts no rows that it reads through a join buffer.
            rows_examined_per_call=examined(cost),
            rows_per_call=cost.per_call(cost.total.rows),
        ),
        impact=cost.gain(0.9),
        severity=cost.severity,
        remedy=Remedy(
            text="Index the column by which the later table of the join is found. "
            f"{plan_words(server, cost)}. It is the table with access type ALL or index after the "
            "first one, or the one in a hash join. Both columns need the same type and collation; "
            "SHOW WARNINGS after EXPLAIN names one that cannot be used. Do not raise "
            "join_buffer_size instead. The gain assumes that few rows of that table fit.",
            statements=sample_call(server, cost),
            risk="None for the plan: the statement is not run. An index costs space and slows "
            "writes to its table.",
            verify="SUM_SELECT_FULL_JOIN of this statement stands still in the next window, and "
            f"its mean is under {duration(cost.mean_seconds / 2)}.",
            rollback="None needed: the plan changes nothing.",
        ),
    )
