"""Temporary tables go to disk, where no statement says which."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.mysql.status import Status
from collectors.session import Server
from collectors.snapshot import Activity, Snapshot
from collectors.snapshots.statements import Statement
from rules.base import MYSQL, Confidence, Finding, Remedy, Severity, Subject, rule
from rules.wording import share


@rule(
    title="Temporary tables go to disk",
    severity=Severity.LOW,
    confidence=Confidence.HEURISTIC,
    engines=MYSQL,
    see=(
        "https://dev.mysql.com/doc/refman/8.4/en/internal-temporary-tables.html",
        "https://mariadb.com/kb/en/server-system-variables/#tmp_table_size",
    ),
)
def temp_tables_on_disk(
    status: Activity[Status],
    statements: Snapshot[Statement] | None,
    server: Server,
    *,
    tolerated_disk_ratio: float = 0.25,
    tolerated_per_minute: float = 60,
) -> Iterator[Finding]:
    """Many statements need a temporary table that is written to disk; it is not known which.

    Why it matters
        Grouping, sorting and UNION over such a table take many times as long, and write to the
        disk although the statement only reads.

    What to do
        Find the statements: switch performance_schema on, or look in the slow log. An index in
        the order of GROUP BY or ORDER BY, or no TEXT and BLOB columns in the list, needs no
        temporary table at all. Only then think of a larger tmp_table_size.

    When to ignore
        At night, when reports run. Where statements are counted one by one, disk-temporary-tables
        names them, and this rule is quiet.
    """
    if statements is not None and statements.rows:
        return
    for row in status.rows:
        ratio = row.disk_temp_tables / row.temp_tables if row.temp_tables else 0.0
        per_minute = row.disk_temp_tables / status.seconds * 60 if status.seconds else 0.0
        if ratio > tolerated_disk_ratio and per_minute > tolerated_per_minute:
            yield Finding(
                subject=Subject("server", server.name),
                summary=f"{per_minute:,.0f} temporary tables a minute go to disk, {share(ratio)} "
                "of all; which statements need them is not known.",
                evidence={
                    "disk_ratio": ratio,
                    "disk_temp_tables_per_minute": per_minute,
                    "window_seconds": status.seconds,
                },
                remedy=_remedy(),
            )


def _remedy() -> Remedy:
    return Remedy(
        text="Find the statements first, with performance_schema or the slow log; mend those with "
        "an index. A larger tmp_table_size may be taken by every session at once.",
        statements=("SHOW GLOBAL STATUS LIKE 'Created_tmp%';",),
        risk="None for the query, which takes milliseconds.",
        verify="An hour after a statement was mended Created_tmp_disk_tables grows by less than "
        "half as fast.",
        rollback="None needed: nothing is changed.",
    )
