"""Who waits for whom: each waiting session beside each session that blocks it directly."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from collectors.base import Grant, Runs, collector
from collectors.session import SqlSession
from collectors.snapshot import Snapshot
from collectors.snapshots.locks import LockWait
from collectors.statement_texts import ActivityTexts
from collectors.variants import Variants

# pg_blocking_pids and pg_locks stop the lock manager: neither runs unless a session waits.
# A parallel worker that waits is shown as its leader. Of whom blocks, the server does that itself.
# A row lock is waited for as the transaction that holds it; the waiter's own lock on the tuple
# says which table that is. A prepared transaction is found by the lock on its own id: its virtual
# transaction is "-1/id" only after a restart.
_LOCK_WAITS = """
    WITH activity AS MATERIALIZED (
        SELECT datname::text AS database,
               pid,
               coalesce(leader_pid, pid) AS leader,
               usename::text AS "user",
               application_name AS application,
               coalesce(state, '') AS state,
               wait_event_type AS wait_type,
               query,
               extract(epoch FROM clock_timestamp() - query_start)::float8 AS query_seconds,
               extract(epoch FROM clock_timestamp() - state_change)::float8 AS state_seconds,
               extract(epoch FROM clock_timestamp() - xact_start)::float8 AS transaction_seconds
          FROM pg_stat_activity
    ), waiter AS MATERIALIZED (
        SELECT a.pid,
               a.leader,
               a.query_seconds,
               pg_blocking_pids(a.pid) AS blockers
          FROM activity a
         WHERE a.wait_type = 'Lock'
           AND a.pid <> pg_backend_pid()
           AND a.application <> 'dbtriage'
    ), held AS MATERIALIZED (
        SELECT l.locktype,
               l.database,
               l.relation,
               l.pid,
               l.virtualtransaction,
               l.transactionid,
               l.mode,
               l.granted,
               {waited_since} AS since,
               ROW(l.locktype, l.database, l.relation, l.page, l.tuple, l.virtualxid,
                   l.transactionid::text, l.classid, l.objid, l.objsubid) AS target
          FROM pg_locks l
         WHERE EXISTS (SELECT FROM waiter)
    ), wait AS (
        SELECT DISTINCT ON (w.leader, blocker)
               w.leader AS waiter,
               blocker,
               l.mode,
               l.target,
               coalesce(l.relation, t.relation) AS relation,
               coalesce(l.database, t.database) AS database,
               l.locktype,
               coalesce(extract(epoch FROM clock_timestamp() - l.since)::float8, w.query_seconds)
                   AS waited_seconds
          FROM waiter w
         CROSS JOIN unnest(w.blockers) AS blocker
          JOIN held l ON l.pid = w.pid AND NOT l.granted
          LEFT JOIN held t ON t.pid = w.pid AND t.granted AND t.locktype = 'tuple'
         WHERE blocker <> w.leader
         ORDER BY w.leader, blocker, waited_seconds DESC
    )
    SELECT coalesce(w.database, '') AS database,
           CASE WHEN x.relation IS NULL THEN x.locktype
                ELSE coalesce(n.nspname::text || '.' || c.relname::text,
                              'relation ' || x.relation::int8::text
                              || ' in ' || coalesce(d.datname::text, '?'))
            END AS object,
           x.relation::int8 AS relation,
           x.waiter,
           x.blocker,
           x.mode AS kind,
           greatest(x.waited_seconds, 0) AS waited_seconds,
           w."user" AS waiter_user,
           w.application AS waiter_application,
           w.query AS waiter_query,
           coalesce(b."user", p.owner) AS blocker_user,
           coalesce(b.application, p.gid, '') AS blocker_application,
           coalesce(b.state, 'prepared') AS blocker_state,
           coalesce(b.state_seconds, p.seconds) AS blocker_state_seconds,
           coalesce(b.transaction_seconds, p.seconds) AS blocker_transaction_seconds,
           coalesce(b.query, '') AS blocker_query
      FROM wait x
      JOIN activity w ON w.pid = x.waiter
      LEFT JOIN activity b ON b.pid = x.blocker
      LEFT JOIN LATERAL (
        SELECT q.gid,
               q.owner::text AS owner,
               extract(epoch FROM clock_timestamp() - q.prepared)::float8 AS seconds
          FROM held h
          JOIN held own ON own.pid IS NULL AND own.virtualtransaction = h.virtualtransaction
          JOIN pg_prepared_xacts q ON q.transaction = own.transactionid
         WHERE x.blocker = 0
           AND h.pid IS NULL
           AND h.granted
           AND h.target IS NOT DISTINCT FROM x.target
         ORDER BY q.prepared
         LIMIT 1
      ) p ON true
      LEFT JOIN pg_database d ON d.oid = x.database
      LEFT JOIN pg_class c
             ON c.oid = x.relation
            AND (x.database = 0 OR d.datname = current_database())
      LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE b.pid IS NOT NULL
        OR x.blocker = 0
"""

LOCK_WAITS = Variants(
    {
        "postgres >= 13": _LOCK_WAITS.format(waited_since="NULL::timestamptz"),
        "postgres >= 14": _LOCK_WAITS.format(waited_since="l.waitstart"),
    }
)


@collector(Runs(LOCK_WAITS), Grant("pg_read_all_stats"), every=timedelta(seconds=10))
def lock_waits(db: SqlSession) -> Snapshot[LockWait]:
    texts = db.keep(ActivityTexts)
    rows = tuple(
        replace(
            wait,
            waiter_query=texts.of(wait.waiter_query).query,
            blocker_query=texts.of(wait.blocker_query).query,
        )
        for wait in db.rows(LOCK_WAITS, LockWait)
    )
    return Snapshot(db.now(), rows)
