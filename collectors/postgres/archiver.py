"""Whether WAL archiving works."""

from __future__ import annotations

from datetime import timedelta

from collectors.base import Runs, collector
from collectors.fields import counter, gauge, note, row
from collectors.postgres.counting_since import counting_since
from collectors.session import SqlSession
from collectors.snapshot import Snapshot
from collectors.variants import Variants

ARCHIVER = Variants(
    {
        "postgres >= 13": """
    SELECT archived_count AS archived,
           failed_count AS failed,
           extract(epoch FROM last_archived_time)::float8 AS last_archived_at,
           extract(epoch FROM last_failed_time)::float8 AS last_failed_at,
           current_setting('archive_mode') IN ('on', 'always') AS enabled
      FROM pg_stat_archiver
"""
    }
)

RESETS = Variants(
    {"postgres >= 13": "SELECT extract(epoch FROM stats_reset)::float8 AS at FROM pg_stat_archiver"}
)


@row
class Archiver:
    """One row, from pg_stat_archiver."""

    archived: int = counter("WAL files archived.")
    failed: int = counter("Failed attempts.")
    last_archived_at: float | None = gauge("Last success, Unix seconds.")
    last_failed_at: float | None = gauge("Last failure, Unix seconds.")
    enabled: bool = note("archive_mode is on or always.")


@collector(Runs(ARCHIVER), every=timedelta(minutes=1))
def archiver(db: SqlSession) -> Snapshot[Archiver]:
    since = counting_since(db, RESETS)
    return Snapshot(db.now(), db.rows(ARCHIVER, Archiver), since)
