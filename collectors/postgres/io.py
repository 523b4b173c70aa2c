"""Reads, writes and evictions by who does them and where; PostgreSQL 16 and later."""

from __future__ import annotations

from datetime import timedelta

from collectors.base import Runs, collector
from collectors.fields import counter, label, row
from collectors.postgres.counting_since import counting_since
from collectors.session import SqlSession
from collectors.snapshot import Snapshot
from collectors.variants import Variants

_IO = """
    WITH timing AS MATERIALIZED (
        SELECT current_setting('track_io_timing')::bool AS data,
               {log_timing} AS log
    )
    SELECT i.backend_type,
           i.object,
           i.context,
           i.reads,
           {read_bytes} AS read_bytes,
           CASE WHEN {timed} THEN i.read_time / 1e3 END::float8 AS read_seconds,
           i.writes,
           {write_bytes} AS write_bytes,
           CASE WHEN {timed} THEN i.write_time / 1e3 END::float8 AS write_seconds,
           i.extends,
           i.hits,
           i.evictions,
           i.fsyncs
      FROM pg_stat_io i
     CROSS JOIN timing t
     WHERE greatest(i.reads, i.writes, i.extends, i.hits, i.evictions, i.fsyncs) > 0
"""

IO = Variants(
    {
        "postgres >= 16": _IO.format(
            read_bytes="i.reads * i.op_bytes",
            write_bytes="i.writes * i.op_bytes",
            log_timing="false",
            timed="t.data",
        ),
        "postgres >= 18": _IO.format(
            read_bytes="i.read_bytes::int8",
            write_bytes="i.write_bytes::int8",
            log_timing="current_setting('track_wal_io_timing')::bool",
            timed="CASE i.object WHEN 'wal' THEN t.log ELSE t.data END",
        ),
    }
)

RESETS = Variants(
    {"postgres >= 16": "SELECT extract(epoch FROM max(stats_reset))::float8 AS at FROM pg_stat_io"}
)


@row
class Io:
    """One line of pg_stat_io that counted anything."""

    backend_type: str = label()
    object: str = label()
    context: str = label()
    reads: int | None = counter("Read operations.")
    read_bytes: int | None = counter("Bytes read.")
    read_seconds: float | None = counter("Waiting for reads, if timed.")
    writes: int | None = counter("Write operations.")
    write_bytes: int | None = counter("Bytes written.")
    write_seconds: float | None = counter("Waiting for writes, if timed.")
    extends: int | None = counter("Relation extensions.")
    hits: int | None = counter("Blocks found in shared buffers.")
    evictions: int | None = counter("Blocks thrown out to make room.")
    fsyncs: int | None = counter("fsync calls.")


@collector(Runs(IO), every=timedelta(minutes=1))
def io(db: SqlSession) -> Snapshot[Io]:
    since = counting_since(db, RESETS)
    return Snapshot(db.now(), db.rows(IO, Io), since)
