"""What keeps dead rows from being removed: old snapshots of five kinds."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from collectors.base import Grant, Runs, collector
from collectors.session import SqlSession
from collectors.snapshot import Snapshot
from collectors.snapshots.transactions import HorizonHolder
from collectors.statement_texts import ActivityTexts
from collectors.variants import Variants

# VACUUM shows a snapshot that holds nothing back. A walsender stands under its standby's name.
TRANSACTIONS = Variants(
    {
        "postgres >= 13": """
    SELECT 'session' AS kind,
           coalesce(a.usename::text, a.backend_type) AS name,
           coalesce(a.datname::text, '') AS database,
           a.pid::text AS id,
           concat_ws(', ', a.state, nullif(concat_ws(':', a.wait_event_type, a.wait_event), ''))
               AS detail,
           greatest(age(a.backend_xmin), age(a.backend_xid)) AS transaction_age,
           extract(epoch FROM clock_timestamp() - a.xact_start)::float8 AS held_seconds,
           extract(epoch FROM clock_timestamp() - a.state_change)::float8 AS state_seconds,
           a.query
      FROM pg_stat_activity a
     WHERE (a.backend_xmin IS NOT NULL OR a.backend_xid IS NOT NULL)
       AND a.backend_type NOT IN ('parallel worker', 'walsender')
       AND a.pid <> pg_backend_pid()
       AND a.application_name <> 'dbtriage'
       AND NOT EXISTS (SELECT FROM pg_stat_progress_vacuum v WHERE v.pid = a.pid)
     UNION ALL
    SELECT 'prepared-transaction',
           p.owner::text,
           p.database::text,
           p.gid,
           'prepared',
           age(p.transaction),
           extract(epoch FROM clock_timestamp() - p.prepared)::float8,
           extract(epoch FROM clock_timestamp() - p.prepared)::float8,
           ''
      FROM pg_prepared_xacts p
     UNION ALL
    SELECT 'slot',
           s.slot_name::text,
           coalesce(s.database::text, ''),
           s.slot_name::text,
           concat_ws(', ', s.slot_type,
                     CASE WHEN s.active THEN 'active' ELSE 'inactive' END,
                     CASE WHEN s.xmin IS NULL THEN 'catalog rows only' END),
           greatest(age(s.xmin), age(s.catalog_xmin)),
           NULL::float8,
           NULL::float8,
           ''
      FROM pg_replication_slots s
     WHERE s.xmin IS NOT NULL OR s.catalog_xmin IS NOT NULL
     UNION ALL
    SELECT 'standby-feedback',
           r.application_name,
           '',
           r.pid::text,
           coalesce(r.state, ''),
           age(r.backend_xmin),
           NULL::float8,
           NULL::float8,
           ''
      FROM pg_stat_replication r
     WHERE r.backend_xmin IS NOT NULL
"""
    }
)


@collector(Runs(TRANSACTIONS), Grant("pg_read_all_stats"), every=timedelta(seconds=15))
def transactions(db: SqlSession) -> Snapshot[HorizonHolder]:
    texts = db.keep(ActivityTexts)
    rows = tuple(
        replace(holder, query=texts.of(holder.query).query)
        for holder in db.rows(TRANSACTIONS, HorizonHolder)
    )
    return Snapshot(db.now(), rows)
