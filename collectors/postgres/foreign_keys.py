"""Foreign keys and whether an index serves them, one database at a time."""

from __future__ import annotations

from datetime import timedelta

from collectors.base import Runs, collector
from collectors.postgres.relations import USER_SCHEMA
from collectors.session import SqlSession
from collectors.snapshot import Snapshot
from collectors.snapshots.schema import ForeignKey
from collectors.variants import Variants

# The order of an index's leading columns does not matter: all of them are compared for equality.
# int2vector counts from 0. Keys that partitions inherit are left out.
_FOREIGN_KEYS = """
    WITH indexed AS (
        SELECT DISTINCT f.oid
          FROM pg_constraint f
          JOIN pg_index i ON i.indrelid = f.conrelid
          JOIN pg_class c ON c.oid = i.indexrelid
          JOIN pg_am m ON m.oid = c.relam
         WHERE f.contype = 'f'
           AND i.indisvalid
           AND i.indisready
           AND i.indpred IS NULL
           AND i.indnkeyatts >= cardinality(f.conkey)
           AND (i.indkey::int2[])[0:cardinality(f.conkey) - 1] @> f.conkey
           AND m.amname IN ('btree', 'hash')
    ),
    pairs AS (
        SELECT f.oid,
               array_agg(a.attname::text ORDER BY k.position) AS columns,
               array_agg(r.attname::text ORDER BY k.position) AS referenced_columns
          FROM pg_constraint f
         CROSS JOIN LATERAL unnest(f.conkey, f.confkey)
               WITH ORDINALITY AS k (referencing, referenced, position)
          JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = k.referencing
          JOIN pg_attribute r ON r.attrelid = f.confrelid AND r.attnum = k.referenced
         WHERE f.contype = 'f'
         GROUP BY f.oid
    )
    SELECT current_database()::text AS database,
           n.nspname::text AS schema,
           c.relname::text AS table,
           f.conname::text AS name,
           p.columns AS columns,
           rn.nspname::text AS referenced_schema,
           r.relname::text AS referenced_table,
           p.referenced_columns AS referenced_columns,
           i.oid IS NOT NULL AS indexed,
           CASE f.confdeltype WHEN 'r' THEN 'restrict'
                              WHEN 'c' THEN 'cascade'
                              WHEN 'n' THEN 'set null'
                              WHEN 'd' THEN 'set default'
                              ELSE 'no action' END AS on_delete
      FROM pg_constraint f
      JOIN pairs p ON p.oid = f.oid
      JOIN pg_class c ON c.oid = f.conrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_class r ON r.oid = f.confrelid
      JOIN pg_namespace rn ON rn.oid = r.relnamespace
      LEFT JOIN indexed i ON i.oid = f.oid
     WHERE f.contype = 'f'
       AND f.conparentid = 0
       AND {user_schema}
"""

FOREIGN_KEYS = Variants({"postgres >= 13": _FOREIGN_KEYS.format(user_schema=USER_SCHEMA)})


@collector(Runs(FOREIGN_KEYS), every=timedelta(hours=1), per_database=True)
def foreign_keys(db: SqlSession) -> Snapshot[ForeignKey]:
    return Snapshot(db.now(), db.rows(FOREIGN_KEYS, ForeignKey))
