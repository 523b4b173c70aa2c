"""How tables and indexes are used, as performance_schema counts it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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


# A table, or an index of one.
Place = tuple[str, str, str | None]


class UseBegan:
    """Since when the counters run, as far as it was seen: a TRUNCATE leaves no trace."""

    def __init__(self) -> None:
        self.started_at: float | None = None
        self.since: float | None = None
        self.counts: Mapping[Place, int] = {}


def use(db: SqlSession) -> tuple[Use, ...]:
    """Empty where nothing is counted."""
    reads = Reads("performance_schema", "table_io_waits_summary_by_index_usage")
    if not instrumented(db.server) or reads.unmet(db.server):
        return ()
    return db.rows(USE, Use)


def counting_since(db: SqlSession, uses: Iterable[Use]) -> float | None:
    """The server's start, or later when the counters were seen to fall or to be off."""
    kept = db.keep(UseBegan)
    counts = {(u.schema, u.table, u.index): u.fetched + u.inserted for u in uses}
    before, kept.counts = kept.counts, counts
    if not counts:
        # Never seen counting since the start: it may begin at any time.
        kept.started_at, kept.since = db.server.started_at, db.now()
        return None
    if kept.started_at != db.server.started_at:
        kept.started_at = kept.since = db.server.started_at
    elif _cut(before, counts):
        kept.since = db.now()
    return kept.since


def _cut(before: Mapping[Place, int], now: Mapping[Place, int]) -> bool:
    """Whether all began again; a table that is dropped, made anew or altered does so alone."""
    both = [(count, now[place]) for place, count in before.items() if count and place in now]
    fallen = sum(after < count for count, after in both)
    halved = sum(after for _, after in both) < sum(count for count, _ in both) / 2
    return halved and fallen > len(both) / 2
