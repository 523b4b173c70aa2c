"""Columns with the planner's statistics, one database at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from collectors.base import Runs, collector
from collectors.postgres.relations import USER_SCHEMA
from collectors.session import SqlSession
from collectors.snapshot import Snapshot
from collectors.snapshots.schema import Column
from collectors.variants import Variants

# Of a histogram finer than 100 buckets, evenly spread bounds are kept, the outermost among them.
_COLUMNS = """
    SELECT current_database()::text AS database,
           n.nspname::text AS schema,
           c.relname::text AS table,
           a.attname::text AS column,
           format_type(a.atttypid, a.atttypmod) AS type,
           a.attnum::int8 AS position,
           a.attnotnull AS not_null,
           s.avg_width::int8 AS average_bytes,
           CASE WHEN s.n_distinct > 0 THEN s.n_distinct
                WHEN s.n_distinct < 0 AND c.reltuples > 0 THEN -s.n_distinct * c.reltuples
           END::float8 AS distinct_values,
           s.null_frac::float8 AS null_ratio,
           s.correlation::float8 AS correlation,
           coalesce(s.most_common_freqs[1:100], '{{}}')::float8[] AS common_ratios,
           coalesce((s.most_common_vals::text::text[])[1:100], '{{}}') AS common_values,
           coalesce(
               CASE WHEN cardinality(h.bounds) > 101
                    THEN ARRAY(
                        SELECT h.bounds[1 + round(i * (cardinality(h.bounds) - 1) / 100.0)]
                          FROM generate_series(0, 100) i
                         ORDER BY i
                    )
                    ELSE h.bounds END,
               '{{}}'
           ) AS histogram
      FROM pg_attribute a
      JOIN pg_class c ON c.oid = a.attrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace
      LEFT JOIN pg_stats s ON s.schemaname = n.nspname
                          AND s.tablename = c.relname
                          AND s.attname = a.attname
                          AND s.inherited = (c.relkind = 'p')
     CROSS JOIN LATERAL (SELECT s.histogram_bounds::text::text[] AS bounds) h
     WHERE c.relkind IN ('r', 'p', 'm')
       AND {user_schema}
       AND a.attnum > 0
       AND NOT a.attisdropped
"""

# pg_stats leaves out the columns that the role may not read, without a word.
_HIDDEN = """
    SELECT count(*)::int8 AS tables,
           coalesce(min(n.nspname::text || '.' || c.relname::text), '') AS first
      FROM pg_class c
      JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'm')
       AND {user_schema}
       AND NOT has_any_column_privilege(c.oid, 'SELECT')
"""

HIDDEN = Variants({"postgres >= 13": _HIDDEN.format(user_schema=USER_SCHEMA)})
COLUMNS = Variants({"postgres >= 13": _COLUMNS.format(user_schema=USER_SCHEMA)})


@dataclass(frozen=True, slots=True)
class Hidden:
    """Tables no column of which may be read."""

    tables: int
    first: str


@collector(Runs(COLUMNS), every=timedelta(hours=1), per_database=True)
def columns(db: SqlSession) -> Snapshot[Column]:
    taken_at, rows = db.now(), db.rows(COLUMNS, Column)
    return Snapshot(taken_at, rows, gaps=tuple(_gaps(db)))


def _gaps(db: SqlSession) -> Iterator[str]:
    (hidden,) = db.rows(HIDDEN, Hidden)
    if not hidden.tables:
        return
    grant = "pg_read_all_data" if db.server.at_least(14) else "SELECT ON ALL TABLES IN SCHEMA …"
    yield (
        f"column statistics of {hidden.tables} tables ({hidden.first} first) are hidden from "
        f'role {db.server.user}; run GRANT {grant} TO "{db.server.user}"'
    )
