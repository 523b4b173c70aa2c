"""Who is connected, by database, user and state."""

from __future__ import annotations

from datetime import timedelta

from collectors.base import Grant, Runs, collector
from collectors.session import SqlSession
from collectors.snapshot import Snapshot
from collectors.snapshots.sessions import Connections
from collectors.variants import Variants

CONNECTIONS = Variants(
    {
        "postgres >= 13": """
    SELECT coalesce(datname::text, '') AS database,
           coalesce(usename::text, '') AS "user",
           coalesce(state, 'disabled') AS state,
           count(*)::int4 AS connections,
           extract(epoch FROM clock_timestamp() - min(state_change))::float8
               AS oldest_state_seconds
      FROM pg_stat_activity
     WHERE backend_type = 'client backend'
       AND pid <> pg_backend_pid()
       AND application_name <> 'dbtriage'
     GROUP BY 1, 2, 3
"""
    }
)


@collector(Runs(CONNECTIONS), Grant("pg_read_all_stats"), every=timedelta(seconds=15))
def connections(db: SqlSession) -> Snapshot[Connections]:
    return Snapshot(db.now(), db.rows(CONNECTIONS, Connections))
