"""Checkpoints and background writing."""

from __future__ import annotations

from datetime import timedelta

from collectors.base import Runs, collector
from collectors.fields import counter, row
from collectors.postgres.counting_since import counting_since
from collectors.session import SqlSession
from collectors.snapshot import Snapshot
from collectors.variants import Variants

_CHECKPOINTS = """
    SELECT {timed} AS timed,
           {requested} AS requested,
           ({write_ms} / 1e3)::float8 AS write_seconds,
           ({sync_ms} / 1e3)::float8 AS sync_seconds,
           {written} * block.size AS checkpoint_bytes,
           w.buffers_clean * block.size AS cleaner_bytes,
           {by_backends} * block.size AS backend_bytes,
           w.maxwritten_clean AS cleaner_stops,
           w.buffers_alloc * block.size AS allocated_bytes
      FROM pg_stat_bgwriter w
     {checkpointer} CROSS JOIN (SELECT current_setting('block_size')::int8 AS size) block
"""

CHECKPOINTS = Variants(
    {
        "postgres >= 13": _CHECKPOINTS.format(
            timed="w.checkpoints_timed",
            requested="w.checkpoints_req",
            write_ms="w.checkpoint_write_time",
            sync_ms="w.checkpoint_sync_time",
            written="w.buffers_checkpoint",
            by_backends="w.buffers_backend",
            checkpointer="",
        ),
        # Until 16 the restartpoints of a replica were counted as checkpoints.
        "postgres >= 17": _CHECKPOINTS.format(
            timed="c.num_timed + c.restartpoints_timed",
            requested="c.num_requested + c.restartpoints_req",
            write_ms="c.write_time",
            sync_ms="c.sync_time",
            written="c.buffers_written",
            by_backends="NULL::int8",
            checkpointer="CROSS JOIN pg_stat_checkpointer c",
        ),
    }
)

RESETS = Variants(
    {
        "postgres >= 13": """
    SELECT extract(epoch FROM stats_reset)::float8 AS at
      FROM pg_stat_bgwriter
""",
        "postgres >= 17": """
    SELECT extract(epoch FROM greatest(c.stats_reset, w.stats_reset))::float8 AS at
      FROM pg_stat_checkpointer c
     CROSS JOIN pg_stat_bgwriter w
""",
    }
)


@row
class Checkpoints:
    """One row; pg_stat_bgwriter, from 17 on also pg_stat_checkpointer."""

    timed: int = counter("Checkpoints begun because checkpoint_timeout was over.")
    requested: int = counter("Checkpoints forced by WAL volume, a command or a backup.")
    write_seconds: float = counter("Writing during checkpoints.")
    sync_seconds: float = counter("Syncing during checkpoints.")
    checkpoint_bytes: int = counter("Written by checkpoints.")
    cleaner_bytes: int = counter("Written by the background writer.")
    backend_bytes: int | None = counter("Written by backends themselves; None from 17 on.")
    cleaner_stops: int = counter("Background writer stopped at bgwriter_lru_maxpages.")
    allocated_bytes: int = counter("Buffers allocated.")


@collector(Runs(CHECKPOINTS), every=timedelta(minutes=1))
def checkpoints(db: SqlSession) -> Snapshot[Checkpoints]:
    since = counting_since(db, RESETS)
    return Snapshot(db.now(), db.rows(CHECKPOINTS, Checkpoints), since)
