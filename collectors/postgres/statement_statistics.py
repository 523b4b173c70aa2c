"""How full pg_stat_statements is, and how much it has thrown away; 1.9 and later."""

from __future__ import annotations

from datetime import timedelta

from collectors.base import Grant, Runs, collector
from collectors.fields import counter, gauge, note, row
from collectors.postgres.statements import Preloaded
from collectors.session import SqlSession
from collectors.snapshot import Snapshot
from collectors.variants import Variants

STATEMENT_STATISTICS = Variants(
    {
        "pg_stat_statements >= 1.9": """
    SELECT i.dealloc AS evictions,
           (
               SELECT count(*)
                 FROM @extschema:pg_stat_statements@.pg_stat_statements(false)
           )::int4 AS entries,
           current_setting('pg_stat_statements.max')::int4 AS capacity,
           extract(epoch FROM i.stats_reset)::float8 AS counting_since
      FROM @extschema:pg_stat_statements@.pg_stat_statements_info i
"""
    }
)


@row
class StatementStatistics:
    """One row, from pg_stat_statements_info."""

    evictions: int = counter("Rounds in which the least used entries were thrown out.")
    entries: int = gauge("Entries now.")
    capacity: int = gauge("pg_stat_statements.max.")
    counting_since: float | None = note("When it was reset, Unix seconds.")


@collector(
    Runs(
        STATEMENT_STATISTICS,
        remedy="on PostgreSQL 14 or later run ALTER EXTENSION pg_stat_statements UPDATE",
    ),
    Preloaded("pg_stat_statements"),
    Grant("pg_read_all_stats"),
    every=timedelta(minutes=5),
)
def statement_statistics(db: SqlSession) -> Snapshot[StatementStatistics]:
    rows = db.rows(STATEMENT_STATISTICS, StatementStatistics)
    return Snapshot(db.now(), rows, rows[0].counting_since)
