"""Standbys that stream from this server, and how far each is behind."""

from __future__ import annotations

from datetime import timedelta

from collectors.base import Grant, Runs, collector
from collectors.session import SqlSession
from collectors.snapshot import Snapshot
from collectors.snapshots.replication import Replica
from collectors.variants import Variants

REPLICATION = Variants(
    {
        "postgres >= 13": """
    WITH log AS MATERIALIZED (
        SELECT pg_is_in_recovery() AS replica,
               CASE WHEN pg_is_in_recovery()
                    THEN coalesce(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())
                    ELSE pg_current_wal_lsn()
                END AS written
    )
    SELECT CASE WHEN r.application_name IN ('', 'walreceiver')
                THEN coalesce(s.slot_name::text, r.application_name)
                ELSE r.application_name
            END AS replica,
           coalesce(s.slot_type, 'physical') AS kind,
           coalesce(r.state, '') AS state,
           coalesce(r.sync_state, '') AS sync_state,
           pg_wal_lsn_diff(log.written, r.sent_lsn)::float8 AS sent_lag_bytes,
           pg_wal_lsn_diff(r.sent_lsn, r.flush_lsn)::float8 AS flush_lag_bytes,
           pg_wal_lsn_diff(log.written, r.replay_lsn)::float8 AS replay_lag_bytes,
           CASE WHEN r.replay_lsn >= log.written THEN 0
                ELSE extract(epoch FROM r.replay_lag)
            END::float8 AS replay_lag_seconds
      FROM pg_stat_replication r
     CROSS JOIN log
      LEFT JOIN pg_replication_slots s ON s.active_pid = r.pid
     WHERE r.state <> 'backup'
     UNION ALL
    SELECT coalesce(upstream.host, r.sender_host, 'upstream'),
           'receiver',
           coalesce(r.status, 'disconnected'),
           '',
           greatest(pg_wal_lsn_diff(r.latest_end_lsn, r.written_lsn), 0)::float8,
           greatest(pg_wal_lsn_diff(r.written_lsn, r.flushed_lsn), 0)::float8,
           pg_wal_lsn_diff(log.written, pg_last_wal_replay_lsn())::float8,
           CASE WHEN r.status IS DISTINCT FROM 'streaming' THEN NULL
                WHEN pg_last_wal_replay_lsn() >= log.written THEN 0
                ELSE extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())
            END::float8
      FROM log
     CROSS JOIN (
        SELECT coalesce(substring(max(setting) FROM '://(?:[^@/]*@)?([^:/?@]+)'),
                        substring(max(setting) FROM '(?:^| )host *= *''?([^'' ]+)')) AS host
          FROM pg_settings
         WHERE name = 'primary_conninfo'
      ) upstream
      LEFT JOIN pg_stat_wal_receiver r ON true
     WHERE log.replica
"""
    }
)


@collector(Runs(REPLICATION), Grant("pg_read_all_stats"), every=timedelta(seconds=15))
def replication(db: SqlSession) -> Snapshot[Replica]:
    return Snapshot(db.now(), db.rows(REPLICATION, Replica))
