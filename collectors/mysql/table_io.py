"""How tables and indexes are used, as performance_schema counts it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from collectors.mysql.needs import Reads, instrumented
from collectors.mysql.relations import SYSTEM, on_both
from collectors.session import SqlSession

# Where the instrument is off, every count would be a zero that means nothing.
_COUNTED = """
       AND EXISTS (
               SELECT 1
                 FROM performance_schema.setup_instruments
                WHERE NAME = 'wait/io/table/sql/handler'
                  AND ENABLED = 'YES'
           )
       AND EXISTS (
               SELECT 1
                 FROM performance_schema.setup_consumers
                WHERE NAME = 'global_instrumentation'
                  AND ENABLED = 'YES'
           )
"""
# Inserts count for no index; an index that finds a row to change has fetched it before.
_USE = """
    SELECT OBJECT_SCHEMA AS `schema`,
           OBJECT_NAME AS `table`,
           INDEX_NAME AS `index`,
           COUNT_FETCH AS fetched,
           COUNT_INSERT AS inserted,
           COUNT_UPDATE AS updated,
           COUNT_DELETE AS deleted,
           SUM_TIMER_WAIT / 1e12 AS seconds
      FROM performance_schema.table_io_waits_summary_by_index_usage
     WHERE OBJECT_TYPE = 'TABLE'
       AND OBJECT_SCHEMA NOT IN {system}{counted}
"""
USE = on_both(_USE.format(system=SYSTEM, counted=_COUNTED))


@dataclass(frozen=True, slots=True)
class Use:
    """Of one index since the start of the server; `index` is None for rows read without one."""

    schema: str
    table: str
    index: str | None
    fetched: int
    inserted: int
    updated: int
    deleted: int
    seconds: float


class Counted:
    """Since when the counters run, as far as it was seen: a TRUNCATE leaves no trace."""

    def __init__(self) -> None:
        self.started_at: float | None = None
        self.since: float | None = None
        self.total = 0


def use(db: SqlSession) -> tuple[Use, ...]:
    """Empty where nothing is counted."""
    reads = Reads("performance_schema", "table_io_waits_summary_by_index_usage")
    if not instrumented(db.server) or reads.unmet(db.server):
        return ()
    return db.rows(USE, Use)


def counting_since(db: SqlSession, uses: Iterable[Use]) -> float | None:
    """The server's start, or later when the counters were seen to fall or to be off."""
    kept, uses = db.keep(Counted), tuple(uses)
    total = sum(each.fetched + each.inserted for each in uses)
    if not uses:
        # Never seen counting since the start: it may begin at any time.
        kept.started_at, kept.since, kept.total = db.server.started_at, db.now(), 0
        return None
    if kept.started_at != db.server.started_at:
        kept.started_at = kept.since = db.server.started_at
    elif total < kept.total / 2:
        kept.since = db.now()
    kept.total = total
    return kept.since
