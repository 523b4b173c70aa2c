"""The server itself: uptime, role, connection limits."""

from __future__ import annotations

from datetime import timedelta

from collectors.base import Grant, Runs, collector
from collectors.fields import counter, gauge, note, row
from collectors.session import SqlSession
from collectors.snapshot import Snapshot
from collectors.snapshots.server import ServerStatus
from collectors.variants import Variants

_SERVER = """
    SELECT current_setting('server_version') AS version,
           extract(epoch FROM clock_timestamp() - pg_postmaster_start_time())::float8
               AS uptime_seconds,
           pg_is_in_recovery() AS is_replica,
           current_setting('max_connections')::int4 AS max_connections,
           {reserved} AS reserved_connections,
           a.client_connections,
           a.autovacuum_workers,
           (SELECT count(*) FROM pg_prepared_xacts)::int4 AS prepared_transactions,
           CASE WHEN NOT pg_is_in_recovery()
                THEN pg_snapshot_xmax(pg_current_snapshot())::text::int8
            END AS transactions,
           extract(epoch FROM pg_conf_load_time())::float8 AS configured_at
      FROM (
        SELECT count(*) FILTER (WHERE backend_type = 'client backend')::int4
                   AS client_connections,
               count(*) FILTER (WHERE backend_type = 'autovacuum worker')::int4
                   AS autovacuum_workers
          FROM pg_stat_activity
      ) a
"""
_SUPERUSERS = "current_setting('superuser_reserved_connections')::int4"
_ROLES = "current_setting('reserved_connections')::int4"

SERVER = Variants(
    {
        "postgres >= 13": _SERVER.format(reserved=_SUPERUSERS),
        "postgres >= 16": _SERVER.format(reserved=f"{_SUPERUSERS} + {_ROLES}"),
    }
)


@row(noun="server_status")
class PostgresStatus(ServerStatus):
    """One row."""

    autovacuum_workers: int = gauge("Autovacuum workers at work.")
    prepared_transactions: int = gauge("Transactions prepared for two-phase commit.")
    transactions: int | None = counter("Transaction ids assigned; None on a replica.")
    configured_at: float | None = note("When configuration files were last loaded, Unix seconds.")


@collector(Runs(SERVER), Grant("pg_read_all_stats"), every=timedelta(seconds=15))
def server(db: SqlSession) -> Snapshot[PostgresStatus]:
    return Snapshot(db.now(), db.rows(SERVER, PostgresStatus), db.server.created_at)
