"""How much write-ahead log is made; PostgreSQL 14 and later."""

from __future__ import annotations

from datetime import timedelta

from collectors.base import Runs, collector
from collectors.fields import counter, row
from collectors.postgres.counting_since import counting_since
from collectors.session import SqlSession
from collectors.snapshot import Snapshot
from collectors.variants import Variants

WAL = Variants(
    {
        "postgres >= 14": """
    SELECT wal_records AS records,
           wal_fpi AS full_page_images,
           wal_bytes::int8 AS bytes,
           wal_buffers_full AS buffers_full
      FROM pg_stat_wal
"""
    }
)

RESETS = Variants(
    {"postgres >= 14": "SELECT extract(epoch FROM stats_reset)::float8 AS at FROM pg_stat_wal"}
)


@row
class Wal:
    """One row, from pg_stat_wal."""

    records: int = counter("Records.")
    full_page_images: int = counter("Full page images.")
    bytes: int = counter("Bytes.")
    buffers_full: int = counter("Times a backend wrote WAL because the buffers were full.")


@collector(Runs(WAL), every=timedelta(minutes=1))
def wal(db: SqlSession) -> Snapshot[Wal]:
    since = counting_since(db, RESETS)
    return Snapshot(db.now(), db.rows(WAL, Wal), since)
