"""VACUUMs at work right now, and how far they are."""

from __future__ import annotations

from datetime import timedelta

from collectors.base import Grant, Runs, collector
from collectors.fields import gauge, label, note, row
from collectors.session import SqlSession
from collectors.snapshot import Snapshot
from collectors.variants import Variants

_VACUUM_PROGRESS = """
    SELECT coalesce(p.datname::text, '') AS database,
           coalesce(n.nspname::text || '.' || c.relname::text, p.relid::int8::text) AS "table",
           p.phase,
           a.backend_type = 'autovacuum worker' AS automatic,
           CASE a.backend_type
                WHEN 'autovacuum worker' THEN a.query ~ '[(]to prevent wraparound[)]$'
                ELSE false
            END AS wraparound,
           p.heap_blks_total * block.size AS heap_bytes,
           p.heap_blks_scanned * block.size AS scanned_bytes,
           p.index_vacuum_count::int4 AS index_passes,
           {delay_seconds} AS delay_seconds,
           extract(epoch FROM clock_timestamp() - a.xact_start)::float8 AS running_seconds
      FROM pg_stat_progress_vacuum p
      JOIN pg_stat_activity a ON a.pid = p.pid
      LEFT JOIN pg_class c ON c.oid = p.relid AND p.datname = current_database()
      LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
     CROSS JOIN (SELECT current_setting('block_size')::int8 AS size) block
"""

VACUUM_PROGRESS = Variants(
    {
        "postgres >= 13": _VACUUM_PROGRESS.format(delay_seconds="NULL::float8"),
        "postgres >= 18": _VACUUM_PROGRESS.format(
            delay_seconds="""
           CASE WHEN current_setting('track_cost_delay_timing')::bool
                THEN p.delay_time / 1e3
            END::float8"""
        ),
    }
)


@row(exported=False)
class VacuumProgress:
    """A running VACUUM (pg_stat_progress_vacuum), manual or automatic."""

    database: str = label()
    table: str = label("schema.table; the oid as text for a table of another database.")
    phase: str = note()
    automatic: bool = note()
    wraparound: bool = note("Started to prevent wraparound: it does not give way to locks.")
    heap_bytes: int = gauge("Size of the table.")
    scanned_bytes: int = gauge("Scanned so far.")
    index_passes: int = gauge("Times all indexes were walked; over 1 means too little memory.")
    delay_seconds: float | None = gauge("Slept by cost delay; PostgreSQL 18 with its timing on.")
    running_seconds: float | None = gauge("How long it runs.")


@collector(Runs(VACUUM_PROGRESS), Grant("pg_read_all_stats"), every=timedelta(seconds=15))
def vacuum_progress(db: SqlSession) -> Snapshot[VacuumProgress]:
    return Snapshot(db.now(), db.rows(VACUUM_PROGRESS, VacuumProgress))
