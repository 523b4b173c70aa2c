"""Tables with their sizes, use and upkeep, one database at a time."""

from __future__ import annotations

from datetime import timedelta

from collectors.base import Runs, collector
from collectors.postgres.counting_since import counting_since
from collectors.postgres.postgres_table import PostgresTable
from collectors.postgres.relations import LOCKED, RESETS, ROWS, ROWS_BEFORE_14, USER_SCHEMA
from collectors.session import SqlSession
from collectors.snapshot import Snapshot
from collectors.variants import Variants

_OF_SCHEMA = """
        UNION
        SELECT t.oid
          FROM pg_publication_namespace p
          JOIN tables t ON t.relnamespace = p.pnnspid"""

_TABLES = """
    WITH RECURSIVE {locked},
    tables AS (
        SELECT c.oid,
               c.relname,
               c.relnamespace,
               c.relkind,
               c.relispartition,
               c.relpersistence,
               c.relreplident,
               c.reloptions,
               c.reltoastrelid,
               c.reltuples,
               c.relpages,
               c.relfrozenxid,
               c.relminmxid,
               n.nspname,
               current_setting('block_size')::int8 AS block_size
          FROM pg_class c
          JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relkind IN ('r', 'p', 'm')
           AND {user_schema}
    ),
    parts (table_oid, part, relation) AS (
        SELECT oid, 'heap', oid
          FROM tables
         UNION ALL
        SELECT oid, 'toast', reltoastrelid
          FROM tables
         UNION ALL
        SELECT t.oid, 'toast', i.indexrelid
          FROM tables t
          JOIN pg_index i ON i.indrelid = t.reltoastrelid
         UNION ALL
        SELECT t.oid, 'index', i.indexrelid
          FROM tables t
          JOIN pg_index i ON i.indrelid = t.oid
    ),
    measured AS (
        SELECT p.table_oid,
               p.part,
               coalesce(
                   CASE WHEN l.relation IS NULL THEN pg_relation_size(c.oid) END,
                   greatest(c.relpages, 0) * current_setting('block_size')::int8
               ) AS bytes
          FROM parts p
          JOIN pg_class c ON c.oid = p.relation
          LEFT JOIN locked l ON l.relation = c.oid
    ),
    sizes AS (
        SELECT table_oid,
               sum(bytes) FILTER (WHERE part = 'heap') AS heap_bytes,
               sum(bytes) FILTER (WHERE part = 'toast') AS toast_bytes,
               sum(bytes) FILTER (WHERE part = 'index') AS index_bytes
          FROM measured
         GROUP BY table_oid
    ),
    widths AS (
        SELECT t.oid,
               CASE WHEN count(*) = count(s.avg_width)
                    THEN 24 + sum(s.avg_width * (1 - s.null_frac)) END AS row_bytes
          FROM tables t
          JOIN pg_attribute a ON a.attrelid = t.oid
          LEFT JOIN pg_stats s ON s.schemaname = t.nspname
                              AND s.tablename = t.relname
                              AND s.attname = a.attname
                              AND s.inherited = (t.relkind = 'p')
         WHERE a.attnum > 0
           AND NOT a.attisdropped
           AND a.attgenerated <> 'v'
         GROUP BY t.oid
    ),
    unique_keys AS (
        SELECT i.indrelid,
               i.indisprimary,
               bool_and(a.attnotnull) AS not_null
          FROM pg_index i
          JOIN pg_attribute a ON a.attrelid = i.indrelid
                             AND a.attnum = ANY ((i.indkey::int2[])[0:i.indnkeyatts - 1])
         WHERE i.indisunique
           AND i.indisvalid
           AND (i.indimmediate OR i.indisprimary)
           AND i.indpred IS NULL
           AND i.indexprs IS NULL
         GROUP BY i.indexrelid, i.indrelid, i.indisprimary
    ),
    keys AS (
        SELECT indrelid,
               bool_or(indisprimary) AS has_primary_key,
               bool_or(not_null) AS has_unique_key
          FROM unique_keys
         GROUP BY indrelid
    ),
    published (oid) AS (
        SELECT prrelid FROM pg_publication_rel
         UNION
        SELECT t.oid
          FROM tables t
         WHERE t.relkind IN ('r', 'p')
           AND t.relpersistence = 'p'
           AND EXISTS (SELECT FROM pg_publication WHERE puballtables){of_schema}
    ),
    published_tree (oid) AS (
        SELECT oid FROM published
         UNION
        SELECT h.inhrelid
          FROM published_tree p
          JOIN pg_inherits h ON h.inhparent = p.oid
    )
    SELECT current_database()::text AS database,
           c.nspname::text AS schema,
           c.relname::text AS table,
           c.oid::int8 AS oid,
           CASE WHEN c.relkind = 'm' THEN 'materialized view'
                WHEN c.relkind = 'p' THEN 'partitioned table'
                WHEN c.relispartition THEN 'partition'
                ELSE 'table' END AS kind,
           {rows}::float8 AS rows,
           coalesce(s.n_live_tup, 0)::int8 AS live_rows,
           coalesce(s.n_dead_tup, 0)::int8 AS dead_rows,
           coalesce(s.n_mod_since_analyze, 0)::int8 AS modified_rows,
           s.n_ins_since_vacuum::int8 AS inserted_rows,
           least(
               o.threshold + o.scale_factor * greatest(c.reltuples, 0),
               CASE WHEN o.cap >= 0 THEN o.cap END
           )::float8 AS vacuum_trigger_rows,
           coalesce(z.heap_bytes, 0)::int8 AS heap_bytes,
           coalesce(z.toast_bytes, 0)::int8 AS toast_bytes,
           coalesce(z.index_bytes, 0)::int8 AS index_bytes,
           greatest(c.relpages, 0)::int8 AS heap_pages,
           greatest(
               age(nullif(c.relfrozenxid, '0')), age(nullif(toast.relfrozenxid, '0'))
           )::int8 AS transaction_age,
           greatest(
               mxid_age(nullif(c.relminmxid, '0')), mxid_age(nullif(toast.relminmxid, '0'))
           )::int8 AS multixact_age,
           extract(epoch FROM greatest(s.last_vacuum, s.last_autovacuum))::float8 AS vacuumed_at,
           extract(epoch FROM s.last_autovacuum)::float8 AS autovacuumed_at,
           extract(epoch FROM greatest(s.last_analyze, s.last_autoanalyze))::float8 AS analyzed_at,
           o.autovacuum AS autovacuum,
           o.fillfactor AS fillfactor,
           w.row_bytes::float8 AS row_bytes,
           coalesce(k.has_primary_key, false) AS has_primary_key,
           coalesce(k.has_unique_key, false) AS has_unique_key,
           CASE c.relreplident WHEN 'd' THEN 'default'
                               WHEN 'n' THEN 'nothing'
                               WHEN 'f' THEN 'full'
                               ELSE 'index' END AS replica_identity,
           p.oid IS NOT NULL AS published,
           coalesce(s.seq_scan, 0)::int8 AS seq_scans,
           coalesce(s.seq_tup_read, 0)::int8 AS seq_rows,
           coalesce(s.idx_scan, 0)::int8 AS index_scans,
           coalesce(s.idx_tup_fetch, 0)::int8 AS index_rows,
           coalesce(s.n_tup_ins, 0)::int8 AS inserts,
           coalesce(s.n_tup_upd, 0)::int8 AS updates,
           coalesce(s.n_tup_del, 0)::int8 AS deletes,
           coalesce(s.n_tup_hot_upd, 0)::int8 AS hot_updates,
           (pg_stat_get_blocks_fetched(c.oid) - pg_stat_get_blocks_hit(c.oid))
               * c.block_size AS heap_read_bytes,
           pg_stat_get_blocks_hit(c.oid) * c.block_size AS heap_hit_bytes,
           coalesce(s.vacuum_count + s.autovacuum_count, 0)::int8 AS vacuums,
           coalesce(s.analyze_count + s.autoanalyze_count, 0)::int8 AS analyzes
      FROM tables c
     CROSS JOIN LATERAL (
        SELECT coalesce(
                   max(option_value) FILTER (WHERE option_name = 'autovacuum_vacuum_threshold'),
                   current_setting('autovacuum_vacuum_threshold')
               )::float8 AS threshold,
               coalesce(
                   max(option_value) FILTER (WHERE option_name = 'autovacuum_vacuum_scale_factor'),
                   current_setting('autovacuum_vacuum_scale_factor')
               )::float8 AS scale_factor,
               coalesce(
                   max(option_value) FILTER (WHERE option_name = 'autovacuum_vacuum_max_threshold'),
                   current_setting('autovacuum_vacuum_max_threshold', true)
               )::float8 AS cap,
               coalesce(
                   max(option_value) FILTER (WHERE option_name = 'autovacuum_enabled'), 'on'
               )::bool AS autovacuum,
               coalesce(
                   max(option_value) FILTER (WHERE option_name = 'fillfactor'), '100'
               )::int8 AS fillfactor
          FROM pg_options_to_table(c.reloptions)
     ) o
      LEFT JOIN pg_stat_user_tables s ON s.relid = c.oid
      LEFT JOIN pg_class toast ON toast.oid = c.reltoastrelid
      LEFT JOIN sizes z ON z.table_oid = c.oid
      LEFT JOIN widths w ON w.oid = c.oid
      LEFT JOIN keys k ON k.indrelid = c.oid
      LEFT JOIN published_tree p ON p.oid = c.oid
"""
_LOCKED = LOCKED.format(modes="'AccessExclusiveLock'")

TABLES = Variants(
    {
        "postgres >= 13": _TABLES.format(
            locked=_LOCKED, user_schema=USER_SCHEMA, rows=ROWS_BEFORE_14, of_schema=""
        ),
        "postgres >= 14": _TABLES.format(
            locked=_LOCKED, user_schema=USER_SCHEMA, rows=ROWS, of_schema=""
        ),
        "postgres >= 15": _TABLES.format(
            locked=_LOCKED, user_schema=USER_SCHEMA, rows=ROWS, of_schema=_OF_SCHEMA
        ),
    }
)


@collector(Runs(TABLES), every=timedelta(minutes=5), per_database=True)
def tables(db: SqlSession) -> Snapshot[PostgresTable]:
    return Snapshot(db.now(), db.rows(TABLES, PostgresTable), counting_since(db, RESETS))
