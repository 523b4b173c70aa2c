"""What each database did: transactions, deadlocks, temporary files, sessions, age."""

from __future__ import annotations

from datetime import timedelta

from collectors.base import Runs, collector
from collectors.fields import counter, gauge, identity, note, row
from collectors.postgres.counting_since import counting_since
from collectors.session import SqlSession
from collectors.snapshot import Snapshot
from collectors.snapshots.throughput import Throughput
from collectors.variants import Variants

_SESSIONS_BEFORE_14 = """
           NULL::int8 AS sessions,
           NULL::int8 AS sessions_abandoned,
           NULL::int8 AS sessions_fatal,
           NULL::int8 AS sessions_killed,
           NULL::float8 AS active_seconds,
           NULL::float8 AS idle_in_transaction_seconds,"""
_SESSIONS = """
           coalesce(s.sessions, 0)::int8 AS sessions,
           coalesce(s.sessions_abandoned, 0)::int8 AS sessions_abandoned,
           coalesce(s.sessions_fatal, 0)::int8 AS sessions_fatal,
           coalesce(s.sessions_killed, 0)::int8 AS sessions_killed,
           (coalesce(s.active_time, 0) / 1000)::float8 AS active_seconds,
           (coalesce(s.idle_in_transaction_time, 0) / 1000)::float8
               AS idle_in_transaction_seconds,"""

# A DROP DATABASE that was interrupted leaves a limit of -2: nothing can be done there but to drop.
_DATABASES = """
    SELECT d.datname::text AS database,
           d.oid::int8 AS oid,
           coalesce(s.xact_commit, 0)::int8 AS commits,
           coalesce(s.xact_rollback, 0)::int8 AS rollbacks,
           coalesce(s.blks_read * b.block_size, 0)::int8 AS shared_read_bytes,
           coalesce(s.blks_hit * b.block_size, 0)::int8 AS shared_hit_bytes,
           coalesce(s.deadlocks, 0)::int8 AS deadlocks,
           coalesce(s.conflicts, 0)::int8 AS conflicts,
           coalesce(s.temp_files, 0)::int8 AS temp_files,
           coalesce(s.temp_bytes, 0)::int8 AS temp_bytes,
           (coalesce(s.blk_read_time, 0) / 1000)::float8 AS block_read_seconds,
           (coalesce(s.blk_write_time, 0) / 1000)::float8 AS block_write_seconds,
           s.checksum_failures::int8 AS checksum_failures,{sessions}
           coalesce(s.numbackends, 0)::int8 AS connections,
           nullif(d.datconnlimit, -1)::int8 AS connection_limit,
           CASE WHEN has_database_privilege(d.oid, 'CONNECT')
                  OR pg_has_role('pg_read_all_stats', 'USAGE')
                THEN pg_database_size(d.oid) END AS size_bytes,
           age(d.datfrozenxid)::int8 AS transaction_age,
           mxid_age(d.datminmxid)::int8 AS multixact_age,
           extract(epoch FROM s.stats_reset)::float8 AS counting_since
      FROM pg_database d
      LEFT JOIN pg_stat_database s ON s.datid = d.oid
     CROSS JOIN (SELECT current_setting('block_size')::int8 AS block_size) b
     WHERE d.datallowconn
       AND NOT d.datistemplate
       AND d.datconnlimit <> -2
"""

DATABASES = Variants(
    {
        "postgres >= 13": _DATABASES.format(sessions=_SESSIONS_BEFORE_14),
        "postgres >= 14": _DATABASES.format(sessions=_SESSIONS),
    }
)

# Since 15 a database that was never reset says nothing; server-wide statistics say when they began:
# at initdb, after a crash, or when a standby was made.
RESETS = Variants(
    {
        "postgres >= 13": """
    SELECT extract(epoch FROM min(
               coalesce(d.stats_reset, least(a.stats_reset, b.stats_reset))
           ))::float8 AS at
      FROM pg_stat_database d
     CROSS JOIN pg_stat_archiver a
     CROSS JOIN pg_stat_bgwriter b
     WHERE d.datid <> 0
"""
    }
)


@row
class Database(Throughput):
    """One database of the server, from pg_stat_database and pg_database."""

    oid: int = identity()
    shared_read_bytes: int = counter("Blocks read from outside shared buffers.")
    shared_hit_bytes: int = counter("Blocks found in shared buffers.")
    conflicts: int = counter("Queries cancelled on a replica by recovery.")
    temp_files: int = counter("Temporary files made.")
    temp_bytes: int = counter("Bytes written to temporary files.")
    block_read_seconds: float = counter("Waiting for block reads, if timed.")
    block_write_seconds: float = counter("Waiting for block writes, if timed.")
    checksum_failures: int | None = counter("Data page checksum failures; None if disabled.")
    active_seconds: float | None = counter("Time sessions spent executing.")
    idle_in_transaction_seconds: float | None = counter("Time sessions sat in a transaction.")
    connections: int = gauge("Backends connected.")
    connection_limit: int | None = gauge("Limit of this database; None without.")
    size_bytes: int | None = gauge("Size on disk; None without the privilege.")
    transaction_age: int = gauge("Transactions since the oldest unfrozen one.")
    multixact_age: int = gauge("Multixacts since the oldest one.")
    counting_since: float | None = note("When statistics were reset; None if never.")


@collector(Runs(DATABASES), every=timedelta(minutes=1))
def databases(db: SqlSession) -> Snapshot[Database]:
    """Counted since the earliest moment that any of them is counted from."""
    return Snapshot(db.now(), db.rows(DATABASES, Database), counting_since(db, RESETS))
