"""Tables are closed and opened again for lack of room."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from collectors.mysql.status import Status
from collectors.session import Server
from collectors.snapshot import Activity, Snapshot
from collectors.snapshots.settings import Setting
from rules.base import MYSQL, Finding, Remedy, Severity, Subject, rule
from rules.settings.mysql_values import change, undo, variable
from rules.settings.values import number
from rules.wording import share

_NAME = "table_open_cache"
_AMPLE_TABLES = 65536
_FILES_PER_TABLE = 2
_OTHER_FILES = 10


@rule(
    title="The table cache is too small",
    severity=Severity.LOW,
    engines=MYSQL,
    see=(
        "https://dev.mysql.com/doc/refman/8.4/en/table-cache.html",
        "https://mariadb.com/kb/en/optimizing-table_open_cache/",
    ),
)
def table_cache_overflow(
    status: Activity[Status],
    settings: Snapshot[Setting],
    server: Server,
    *,
    tolerated_per_second: float = 1.0,
) -> Iterator[Finding]:
    """Open tables are thrown out of the cache for others, and opened again soon after.

    Why it matters
        To open a table takes a lock that all sessions share, and reads from disk. Statements on
        many tables or partitions queue there.

    What to do
        Raise table_open_cache to what is open at the busiest time; each session that uses a
        table needs its own entry. open_files_limit must have room for it.

    When to ignore
        While a dump or a statement on information_schema walks over all tables.
    """
    current = variable(settings, _NAME)
    if current is None or current.number is None or current.number >= _AMPLE_TABLES:
        return
    for row in status.rows:
        thrown = (row.table_cache_overflows or 0) / (status.seconds or float("inf"))
        if thrown > tolerated_per_second:
            yield _finding(current, row, status.seconds, settings, server)


def _finding(
    current: Setting, row: Status, seconds: float, settings: Snapshot[Setting], server: Server
) -> Finding:
    lookups = (row.table_cache_hits or 0) + (row.table_cache_misses or 0)
    misses = (row.table_cache_misses or 0) / lookups if lookups else 0.0
    rate = (row.table_cache_overflows or 0) / seconds
    return Finding(
        subject=Subject("setting", _NAME),
        summary=f"{rate:,.1f} tables a second are thrown out of the table cache "
        f"({_NAME} = {current.value}); {share(misses)} of lookups must open one.",
        evidence={
            "overflows_per_second": rate,
            "tables_opened_per_second": row.tables_opened / seconds,
            "miss_ratio": misses,
            "open_tables": row.open_tables,
            "table_open_cache": current.number,
            "open_files_limit": number(settings, "open_files_limit"),
            "window_seconds": seconds,
        },
        remedy=_remedy(current, settings, server),
    )


def _remedy(current: Setting, settings: Snapshot[Setting], server: Server) -> Remedy:
    target = min(_AMPLE_TABLES, max(400, 2 * int(current.number or 0)))
    files = _FILES_PER_TABLE * target + int(number(settings, "max_connections") or 0) + _OTHER_FILES
    limit = variable(settings, "open_files_limit")
    own = server.platform == "self-managed"
    short = own and limit is not None and 0 < (limit.number or 0) < files
    first: tuple[str, ...] = ()
    if short:
        first = (
            f"-- in the service's unit file, or ulimit -n of its account: LimitNOFILE={files}",
            f"-- in my.cnf under [mysqld]: open_files_limit = {files}",
        )
        current = replace(current, context="static")
    return Remedy(
        text=f"Raise {_NAME} to {target:,}, and look again. Tables with "
        "hundreds of partitions take one entry each, and so does each session that uses them."
        + (f" It needs open_files_limit = {files:,} first, and a restart." if short else ""),
        statements=first + change(server, current, str(target)),
        risk="No lock, no restart: about 10 kB of memory a table."
        if not first
        else "Needs a restart: seconds to minutes without the server.",
        verify="Under the same load this grows by less than one a second: "
        "SHOW GLOBAL STATUS LIKE 'Table_open_cache_overflows';",
        rollback=undo(server, current),
    )
