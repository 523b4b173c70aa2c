"""Replication slots, and the log each keeps from being removed."""

from __future__ import annotations

from datetime import timedelta

from collectors.base import Runs, collector
from collectors.fields import gauge, label, note, row
from collectors.session import SqlSession
from collectors.snapshot import Snapshot
from collectors.variants import Variants

_SLOTS = """
    SELECT s.slot_name::text AS slot,
           s.slot_type AS kind,
           coalesce(s.database::text, '') AS database,
           s.active,
           coalesce(s.wal_status, '') AS wal_status,
           pg_wal_lsn_diff(log.written, s.restart_lsn)::float8 AS retained_bytes,
           s.safe_wal_size::float8 AS safe_bytes,
           {inactive_since} AS inactive_since,
           age(s.xmin) AS transaction_age,
           age(s.catalog_xmin) AS catalog_age
      FROM pg_replication_slots s
     CROSS JOIN (
        SELECT CASE WHEN pg_is_in_recovery()
                    THEN coalesce(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())
                    ELSE pg_current_wal_lsn()
                END AS written
      ) log
     WHERE NOT s.temporary
"""

SLOTS = Variants(
    {
        "postgres >= 13": _SLOTS.format(inactive_since="NULL::float8"),
        "postgres >= 17": _SLOTS.format(
            inactive_since="extract(epoch FROM s.inactive_since)::float8"
        ),
    }
)


@row
class Slot:
    """A replication slot."""

    slot: str = label()
    kind: str = label("physical or logical.")
    database: str = note("Empty for a physical slot.")
    active: bool = gauge("A consumer is connected.")
    wal_status: str = note("reserved, extended, unreserved, lost; empty where unknown.")
    retained_bytes: float | None = gauge("Log it keeps from being removed.")
    safe_bytes: float | None = gauge(
        "Log that may still be written before it is lost; None: no limit."
    )
    inactive_since: float | None = note("Unix seconds; PostgreSQL 17 and later.")
    transaction_age: int | None = gauge("Age of the oldest transaction whose rows it keeps.")
    catalog_age: int | None = gauge("Age of the oldest transaction whose catalog rows it keeps.")


@collector(Runs(SLOTS), every=timedelta(minutes=1))
def slots(db: SqlSession) -> Snapshot[Slot]:
    return Snapshot(db.now(), db.rows(SLOTS, Slot))
