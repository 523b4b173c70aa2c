"""What the digest of a MySQL or MariaDB statement tells of how it reads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, TypeAlias

from collectors.mysql.statements import MysqlStatement
from collectors.session import Server
from collectors.snapshot import Activity
from collectors.snapshots.statements import Statement
from collectors.sql_text import kind
from rules.statements.by_digest import DigestCost, heavy, sample_call

MysqlCost: TypeAlias = DigestCost[MysqlStatement]

EXAMINED_ROWS_PER_CALL: Final = 10_000.0
SCANNED_ROWS_PER_ROW: Final = 100.0
WASTED_ROWS_PER_ROW: Final = 1000.0
DISK_TABLES_RATIO: Final = 0.25
DISK_TABLES_PER_MINUTE: Final = 10.0
MERGE_PASSES_PER_CALL: Final = 1.0

_LEAST_SHARE_RATIO: Final = 0.01
_MOST: Final = 0.5
# MariaDB does not count the rows it reads through a join buffer: the time has to tell.
_SLOW_JOIN_SECONDS: Final = 0.01
_SUMMARY: Final = re.compile(
    r"\b(count|sum|avg|min|max|group_concat|json_(?:array|object)agg|bit_\w+|std(?:dev\w*)?|var(?:iance|_\w+))\s*\(",
    re.IGNORECASE,
)
_GROUPS: Final = re.compile(r"\bgroup\s+by\b|\bdistinct\b|\bunion\b(?!\s+all\b)", re.IGNORECASE)
_FILTER: Final = re.compile(r"\bwhere\b|\bhaving\b|\bon\b", re.IGNORECASE)
_WHERE: Final = re.compile(r"\bwhere\b", re.IGNORECASE)
_PAGES: Final = re.compile(r"\boffset\b|\blimit\s*\?\s*,", re.IGNORECASE)


def noticeable(
    statements: Activity[MysqlStatement], least_active_sessions: float
) -> Iterator[MysqlCost]:
    """Those worth a finding that also take a hundredth of all time."""
    for cost in heavy(statements, least_active_sessions):
        if cost.share_ratio >= _LEAST_SHARE_RATIO:
            yield cost


def examined(cost: MysqlCost) -> float:
    """Rows it looks at in one call."""
    return cost.per_call(cost.total.rows_examined)


def examined_per_row(cost: MysqlCost) -> float:
    """For each row it returns or changes; a call that found none counts as one row."""
    rows = max(cost.total.rows or 0, cost.total.calls)
    return (cost.total.rows_examined or 0) / rows if rows else 0.0


def changes(cost: MysqlCost) -> bool:
    """UPDATE and DELETE lock each row they look at, whether it fits or not."""
    return kind(cost.total.query) in ("update", "delete")


def summarises(cost: MysqlCost) -> bool:
    """One number about many rows: how many rows it returns says nothing about its work."""
    return _SUMMARY.search(cost.total.query) is not None or groups(cost)


def groups(cost: MysqlCost) -> bool:
    return _GROUPS.search(cost.total.query) is not None


def filters(cost: MysqlCost) -> bool:
    return _WHERE.search(cost.total.query) is not None


def pages(cost: MysqlCost) -> bool:
    """Whether it skips rows it has read."""
    return _PAGES.search(cost.total.query) is not None


def unindexed(cost: MysqlCost) -> bool:
    """Most of its calls read a table, or one of its indexes, from end to end."""
    total = cost.total
    counted = (total.no_index_calls, total.no_good_index_calls, total.full_scans)
    return max(c or 0 for c in counted) >= max(1.0, _MOST * total.calls)


def scans(cost: MysqlCost) -> bool:
    """Whether it reads all to use few. Of summaries only one number about rows it filters."""
    if not unindexed(cost) or examined(cost) < EXAMINED_ROWS_PER_CALL:
        return False
    if summarises(cost):
        return filters(cost) and not groups(cost)
    if changes(cost) and not filters(cost):
        return False
    return examined_per_row(cost) >= SCANNED_ROWS_PER_ROW


def joins_whole(cost: MysqlCost) -> bool:
    """Whether most calls join a table for lack of an index, and it costs something."""
    joins = cost.total.full_joins or 0
    if joins < max(1.0, _MOST * cost.total.calls):
        return False
    if summarises(cost) and not _FILTER.search(cost.total.query):
        return False
    return examined(cost) >= EXAMINED_ROWS_PER_CALL or cost.mean_seconds >= _SLOW_JOIN_SECONDS


def wastes_rows(cost: MysqlCost, rows_per_row: float = WASTED_ROWS_PER_ROW) -> bool:
    """Whether it looks at that much for what it returns; an UPDATE may find all as they were."""
    if summarises(cost) or kind(cost.total.query) == "update":
        return False
    return examined(cost) >= EXAMINED_ROWS_PER_CALL and examined_per_row(cost) >= rows_per_row


def disk_tables_ratio(cost: MysqlCost) -> float:
    """Part of its internal temporary tables that went to disk."""
    made = cost.total.temp_tables or 0
    return (cost.total.disk_temp_tables or 0) / made if made else 0.0


def disk_tables_per_minute(cost: MysqlCost) -> float:
    return cost.per_hour(cost.total.disk_temp_tables or 0) / 60


def spills_tables(
    cost: MysqlCost,
    disk_ratio: float = DISK_TABLES_RATIO,
    per_minute: float = DISK_TABLES_PER_MINUTE,
) -> bool:
    return disk_tables_ratio(cost) > disk_ratio and disk_tables_per_minute(cost) > per_minute


def spills_sorts(cost: MysqlCost, passes_per_call: float = MERGE_PASSES_PER_CALL) -> bool:
    return cost.per_call(cost.total.sort_merge_passes) >= passes_per_call


def plan_words(server: Server, cost: DigestCost[Statement]) -> str:
    """How to see the plan: nothing can be explained with question marks in it."""
    form = "TREE" if server.engine == "mysql" and server.at_least(8, 0, 16) else "JSON"
    where = "; the query below shows a call with them" if sample_call(server, cost) else ""
    return f"Run EXPLAIN FORMAT={form} of it with real values{where}"
