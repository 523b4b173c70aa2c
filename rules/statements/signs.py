"""Why a statement takes its time, as its numbers tell; and which rule says more."""

from __future__ import annotations

import re
from dataclasses import dataclass

from collectors.mysql.statements import MysqlStatement
from collectors.snapshots.statements import Statement
from rules.statements.by_digest import BLOCK_BYTES, DigestCost
from rules.statements.mysql_costs import (
    MysqlCost,
    examined,
    joins_whole,
    scans,
    spills_sorts,
    spills_tables,
    wastes_rows,
)

MB = 1024 * 1024
SPILLED_BYTES_PER_CALL = 8 * MB
SPILLED_BYTES_PER_HOUR = 1024 * MB
READ_BYTES_PER_CALL = 1000 * BLOCK_BYTES
TOUCHED_BYTES_PER_CALL = 1000 * BLOCK_BYTES
TOUCHED_BYTES_PER_ROW = 100 * BLOCK_BYTES

LOCKED_RATIO = 0.3
_READ_RATIO = 0.2
_READ_TIME_RATIO = 0.5
_CACHED_SECONDS_PER_BLOCK = 0.0001  # faster than any disk: the operating system had the block
FAST_SECONDS = 0.005
WAITING_SECONDS = 0.05  # little data, yet slow: sleeps, functions, remote calls
MUCH_EXAMINED = 1000  # rows a call that an indexed lookup does not look at
AGGREGATES = re.compile(
    r"\b(count|sum|avg|min|max|\w+_agg)\s*\(|\bgroup\s+by\b|\bdistinct\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Sign:
    """`told_by` is the rule that says more; `fixable` where the statement can be mended."""

    words: str
    told_by: str = ""
    fixable: bool = True


LOCKED = Sign("it mostly waits for locks", "lock-heavy-statement", fixable=False)
COMMIT = Sign("it waits for the log to reach the disk", fixable=False)
_SPILLS = Sign("it spills to temporary files", "temp-spill")
READS = Sign("it waits for the disk", "cache-missing-statement")
_WASTES = Sign("it looks at far more than it returns", "read-heavy-statement")
SLOW = Sign("each call is slow", "slow-statement")
CHEAP = Sign("each call is cheap, there are many", fixable=False)
_JOINS = Sign("it joins tables without an index", "full-join-statement")
_SCANS = Sign("it reads a whole table to use few rows", "full-scan-statement")
_DISK_TABLES = Sign("its temporary tables go to disk", "disk-temporary-tables")
_SORTS = Sign("its sorts do not fit in memory", "sort-spilling-statement")
EXAMINES = Sign("it looks at far more rows than it returns", "rows-examined-waste")
# Signs whose own rule names the cause, and so carries the severity.
CAUSES = (_SPILLS, READS, _WASTES, _JOINS, _SCANS, _DISK_TABLES, _SORTS, EXAMINES)


def sign_of(cost: DigestCost[Statement], locked_ratio: float = 0.0) -> Sign:
    """The first that fits; a cause that another rule owns comes before a general one.

    `locked_ratio` is the part of its sampled activity that waited for locks.
    """
    signs = (
        (locked_ratio >= LOCKED_RATIO, LOCKED),
        (cost.commit, COMMIT),
        (spills(cost, SPILLED_BYTES_PER_CALL, SPILLED_BYTES_PER_HOUR), _SPILLS),
        (waits_for_disk(cost, READ_BYTES_PER_CALL), READS),
        (wastes(cost, TOUCHED_BYTES_PER_CALL, TOUCHED_BYTES_PER_ROW), _WASTES),
        *_of_mysql(cost),
        (_slow(cost), SLOW),
    )
    return next((sign for fits, sign in signs if fits), CHEAP)


def _of_mysql(cost: DigestCost[Statement]) -> tuple[tuple[bool, Sign], ...]:
    """What MySQL and MariaDB count instead of blocks."""
    mine = counted_by_mysql(cost)
    if mine is None:
        return ()
    waited = mine.total.lock_seconds or 0.0
    return (
        (waited >= LOCKED_RATIO * mine.total.exec_seconds > 0, LOCKED),
        (joins_whole(mine), _JOINS),
        (scans(mine), _SCANS),
        (spills_tables(mine), _DISK_TABLES),
        (spills_sorts(mine), _SORTS),
        (wastes_rows(mine), EXAMINES),
    )


def counted_by_mysql(cost: DigestCost[Statement]) -> MysqlCost | None:
    total = cost.total
    if not isinstance(total, MysqlStatement):
        return None
    return DigestCost(total, cost.seconds, cost.share_ratio)


def spills(cost: DigestCost[Statement], bytes_per_call: float, bytes_per_hour: float) -> bool:
    """Whether its sorts and hashes write that much to temporary files, by call or by hour."""
    spilled = cost.total.temp_written_bytes or 0
    return cost.per_call(spilled) > bytes_per_call or cost.per_hour(spilled) > bytes_per_hour


def waits_for_disk(cost: DigestCost[Statement], bytes_per_call: float) -> bool:
    """Whether it reads that much and waits half its time for blocks that no cache held."""
    waited = cost.total.block_read_seconds or 0.0
    read = cost.total.shared_read_bytes or 0
    return (
        cost.per_call(read) >= bytes_per_call
        and cost.read_ratio >= _READ_RATIO
        and waited >= _READ_TIME_RATIO * cost.total.exec_seconds
        and waited >= _CACHED_SECONDS_PER_BLOCK * read / BLOCK_BYTES
    )


def wastes(cost: DigestCost[Statement], bytes_per_call: float, bytes_per_row: float) -> bool:
    """Whether it looks at that much for what it returns; aggregates need what they look at."""
    touched = cost.touched_bytes
    if touched is None or AGGREGATES.search(cost.total.query):
        return False
    return cost.per_call(touched) >= bytes_per_call and cost.touched_bytes_per_row >= bytes_per_row


def _slow(cost: DigestCost[Statement]) -> bool:
    touched, mine = cost.touched_bytes, counted_by_mysql(cost)
    much = touched is None or cost.per_call(touched) >= MB  # an indexed lookup does not touch it
    if mine is not None:
        # A write that commits by itself waits for the disk within its time.
        much = examined(mine) >= MUCH_EXAMINED
    return cost.mean_seconds >= (FAST_SECONDS if much else WAITING_SECONDS)
