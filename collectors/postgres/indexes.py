"""Indexes with their structure and use, one database at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta

from collectors.base import Runs, collector
from collectors.postgres.counting_since import counting_since
from collectors.postgres.relations import LOCKED, RESETS, ROWS, ROWS_BEFORE_14, USER_SCHEMA
from collectors.session import SqlSession
from collectors.snapshot import Snapshot
from collectors.snapshots.schema import Index
from collectors.variants import Variants

# An empty definition stands for a table that is locked: deparsing would wait for it.
_INDEXES = """
    WITH {locked},
    keys AS (
        SELECT i.indexrelid,
               array_agg(coalesce(a.attname::text, '') ORDER BY k.position)
                   FILTER (WHERE k.position <= i.indnkeyatts) AS columns,
               array_agg(a.attname::text ORDER BY k.position)
                   FILTER (WHERE k.position > i.indnkeyatts) AS included,
               array_agg(coalesce(o.opcname::text, '') ORDER BY k.position)
                   FILTER (WHERE k.position <= i.indnkeyatts) AS opclasses,
               array_agg(coalesce(l.collname::text, '') ORDER BY k.position)
                   FILTER (WHERE k.position <= i.indnkeyatts) AS collations,
               array_agg(k.option::int8 ORDER BY k.position)
                   FILTER (WHERE k.position <= i.indnkeyatts) AS options
          FROM pg_index i
          JOIN pg_class c ON c.oid = i.indexrelid
          JOIN pg_namespace n ON n.oid = c.relnamespace
         CROSS JOIN LATERAL unnest(
                   i.indkey::int2[], i.indclass::oid[], i.indcollation::oid[], i.indoption::int2[]
               ) WITH ORDINALITY AS k (attribute, opclass, collation_oid, option, position)
          LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attribute
          LEFT JOIN pg_opclass o ON o.oid = k.opclass
          LEFT JOIN pg_collation l ON l.oid = k.collation_oid
         WHERE {user_schema}
         GROUP BY i.indexrelid
    ),
    constraints AS (
        SELECT conindid,
               max(conname::text) FILTER (WHERE contype IN ('p', 'u', 'x')) AS name,
               bool_or(contype = 'f') AS referenced
          FROM pg_constraint
         WHERE conindid <> 0
         GROUP BY conindid
    ),
    builds AS MATERIALIZED (
        SELECT index_relid
          FROM pg_stat_progress_create_index
         WHERE datname = current_database()
    )
    SELECT current_database()::text AS database,
           n.nspname::text AS schema,
           t.relname::text AS table,
           c.relname::text AS index,
           c.oid::int8 AS oid,
           m.amname::text AS method,
           k.columns AS columns,
           array_fill(0, ARRAY[i.indnkeyatts::int4]) AS prefixes,
           coalesce(k.included, '{{}}') AS included,
           k.opclasses AS opclasses,
           k.collations AS collations,
           k.options AS options,
           CASE WHEN tl.relation IS NULL
                THEN pg_get_expr(i.indexprs, i.indrelid) END AS expressions,
           CASE WHEN tl.relation IS NULL
                THEN pg_get_expr(i.indpred, i.indrelid) END AS predicate,
           i.indisunique AS unique,
           i.indisprimary AS primary,
           i.indisexclusion AS exclusion,
           i.indisvalid AS valid,
           i.indisready AS ready,
           EXISTS (
               SELECT FROM builds b
                WHERE b.index_relid = c.oid OR (b.index_relid IS NULL AND NOT i.indisvalid)
           ) AS building,
           true AS visible,
           o.name AS constraint,
           coalesce(o.referenced, false) AS referenced,
           i.indisreplident AS replica_identity,
           c.relispartition AS partition_child,
           coalesce(
               CASE WHEN tl.relation IS NULL THEN pg_get_indexdef(c.oid) END, ''
           ) AS definition,
           coalesce(
               CASE WHEN il.relation IS NULL THEN pg_relation_size(c.oid) END,
               c.relpages * current_setting('block_size')::int8
           ) AS size_bytes,
           {rows}::float8 AS rows,
           NULL::float8 AS distinct_values,
           {last_scan_at}::float8 AS last_scan_at,
           pg_stat_get_numscans(c.oid) AS scans,
           pg_stat_get_tuples_returned(c.oid) AS rows_read,
           pg_stat_get_tuples_fetched(c.oid) AS rows_fetched,
           (pg_stat_get_blocks_fetched(c.oid) - pg_stat_get_blocks_hit(c.oid))
               * current_setting('block_size')::int8 AS read_bytes,
           pg_stat_get_blocks_hit(c.oid) * current_setting('block_size')::int8 AS hit_bytes
      FROM pg_index i
      JOIN keys k ON k.indexrelid = i.indexrelid
      JOIN pg_class c ON c.oid = i.indexrelid
      JOIN pg_class t ON t.oid = i.indrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_am m ON m.oid = c.relam
      LEFT JOIN constraints o ON o.conindid = c.oid
      LEFT JOIN locked tl ON tl.relation = t.oid
      LEFT JOIN locked il ON il.relation = c.oid
"""
_LOCKED = LOCKED.format(modes="'AccessExclusiveLock'")

INDEXES = Variants(
    {
        "postgres >= 13": _INDEXES.format(
            locked=_LOCKED, user_schema=USER_SCHEMA, rows=ROWS_BEFORE_14, last_scan_at="NULL"
        ),
        "postgres >= 14": _INDEXES.format(
            locked=_LOCKED, user_schema=USER_SCHEMA, rows=ROWS, last_scan_at="NULL"
        ),
        "postgres >= 16": _INDEXES.format(
            locked=_LOCKED,
            user_schema=USER_SCHEMA,
            rows=ROWS,
            last_scan_at="extract(epoch FROM pg_stat_get_lastscan(c.oid))",
        ),
    }
)


class KnownIndexes:
    """The indexes of each database by oid, as they were last read."""

    def __init__(self) -> None:
        self.by_database: dict[str, Mapping[int | None, Index]] = {}


@collector(Runs(INDEXES), every=timedelta(minutes=5), per_database=True)
def indexes(db: SqlSession) -> Snapshot[Index]:
    kept = db.keep(KnownIndexes).by_database
    found = db.rows(INDEXES, Index)
    rows = tuple(_with_texts(found, kept.get(db.server.database, {})))
    kept[db.server.database] = {index.oid: index for index in rows}
    missing = len(found) - len(rows)
    since = counting_since(db, RESETS)
    return Snapshot(db.now(), rows, since, _gaps(missing), partial=missing > 0)


def _with_texts(found: tuple[Index, ...], known: Mapping[int | None, Index]) -> Iterator[Index]:
    """An index of a locked table keeps the texts of the last look; without one it is left out."""
    for index in found:
        if index.definition:
            yield index
        elif last := known.get(index.oid):
            yield replace(
                index,
                definition=last.definition,
                expressions=last.expressions,
                predicate=last.predicate,
            )


def _gaps(missing: int) -> tuple[str, ...]:
    if not missing:
        return ()
    what = "1 index" if missing == 1 else f"{missing} indexes"
    whose = "its table is" if missing == 1 else "their tables are"
    return (f"{what} could not be read: {whose} locked by ACCESS EXCLUSIVE",)
