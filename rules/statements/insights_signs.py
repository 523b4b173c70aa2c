"""Why a statement takes its time, as Performance Insights tells: by what it waits for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from collectors.rds.statements import InsightsStatement
from collectors.rds.top_sql import TopSql
from collectors.snapshot import Activity
from collectors.sql_text import kind
from rules.statements.by_digest import DigestCost
from rules.statements.mysql_costs import EXAMINED_ROWS_PER_CALL, WASTED_ROWS_PER_ROW
from rules.statements.signs import (
    AGGREGATES,
    CHEAP,
    COMMIT,
    EXAMINES,
    FAST_SECONDS,
    LOCKED,
    LOCKED_RATIO,
    MUCH_EXAMINED,
    READS,
    SLOW,
    WAITING_SECONDS,
    Sign,
    sign_of,
)

UNCOUNTED = Sign("none of its calls was counted")
_MOST = 0.5
# Waits for the log, under the names that PostgreSQL and Aurora give them.
_LOG_EVENTS = ("wal", "xactsync")
# What a storage engine does for a statement is no wait for a disk.
_NO_DISK = (*_LOG_EVENTS, "table/")


def sign_of_insights(cost: DigestCost[InsightsStatement], top: Activity[TopSql] | None) -> Sign:
    """The first that fits. No other rule tells more of a statement seen this way."""
    rows = [r for r in top.rows if r.digest == cost.total.digest] if top else []
    locked, logged, read = _locked(rows), _logged(rows), _read(rows)
    signs = (
        (locked >= LOCKED_RATIO, LOCKED),
        (cost.commit or logged >= _MOST, COMMIT),
        (read >= _MOST, READS),
        (_wastes(cost), EXAMINES),
        (not cost.total.calls, UNCOUNTED),
    )
    found = next((sign for fits, sign in signs if fits), None) or _by_counters(cost)
    return replace(found, told_by="")


def _by_counters(cost: DigestCost[InsightsStatement]) -> Sign:
    """What blocks tell on PostgreSQL, and rows on MySQL."""
    if cost.total.rows_examined is None:
        return sign_of(cost)
    much = cost.per_call(cost.total.rows_examined) >= MUCH_EXAMINED
    return SLOW if cost.mean_seconds >= (FAST_SECONDS if much else WAITING_SECONDS) else CHEAP


def _wastes(cost: DigestCost[InsightsStatement]) -> bool:
    total = cost.total
    if kind(total.query) == "update" or AGGREGATES.search(total.query):
        return False
    rows = max(total.rows or 0, total.calls)
    examined = total.rows_examined or 0
    enough = cost.per_call(examined) >= EXAMINED_ROWS_PER_CALL
    return enough and rows > 0 and examined / rows >= WASTED_ROWS_PER_ROW


def _locked(rows: Sequence[TopSql]) -> float:
    return _share(rows, [r for r in rows if r.wait_type == "Lock"])


def _logged(rows: Sequence[TopSql]) -> float:
    log = [r for r in rows if r.wait_type == "IO" and r.wait_event.lower().startswith(_LOG_EVENTS)]
    return _share(rows, [*log, *(r for r in rows if r.wait_type == "Commit")])


def _read(rows: Sequence[TopSql]) -> float:
    io = [r for r in rows if r.wait_type == "IO" and not r.wait_event.lower().startswith(_NO_DISK)]
    return _share(rows, io)


def _share(rows: Sequence[TopSql], some: Sequence[TopSql]) -> float:
    whole = sum(r.load_seconds for r in rows)
    return sum(r.load_seconds for r in some) / whole if whole else 0.0
