"""How near sequences and identity columns are to the end of their column's type."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from collectors.base import Runs, collector
from collectors.fields import gauge, label, note, row
from collectors.postgres.relations import LOCKED, USER_SCHEMA
from collectors.session import SqlSession
from collectors.snapshot import Snapshot
from collectors.variants import Variants

# A sequence feeds the column that owns it, and any whose default calls nextval(); of several the
# narrowest counts. A standby can't read the sequence of an unlogged table.
_SEQUENCES = """
    WITH {locked},
    fed (sequence_oid, table_oid, attribute) AS (
        SELECT d.objid, d.refobjid, d.refobjsubid
          FROM pg_depend d
          JOIN pg_sequence s ON s.seqrelid = d.objid
         WHERE d.classid = 'pg_class'::regclass
           AND d.refclassid = 'pg_class'::regclass
           AND d.refobjsubid > 0
           AND d.deptype IN ('a', 'i')
         UNION
        SELECT s.seqrelid, v.adrelid, v.adnum
          FROM pg_sequence s
          JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass
                          AND d.refobjid = s.seqrelid
                          AND d.classid = 'pg_attrdef'::regclass
          JOIN pg_attrdef v ON v.oid = d.objid
    ),
    narrowest AS (
        SELECT DISTINCT ON (f.sequence_oid)
               f.sequence_oid,
               format('%s.%s', n.nspname, c.relname) AS table_name,
               a.attname::text AS column_name,
               format_type(a.atttypid, a.atttypmod) AS column_type,
               x.ceiling
          FROM fed f
          JOIN pg_class c ON c.oid = f.table_oid
          JOIN pg_namespace n ON n.oid = c.relnamespace
          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = f.attribute
          JOIN pg_type t ON t.oid = a.atttypid
         CROSS JOIN LATERAL (
            SELECT CASE coalesce(nullif(t.typbasetype, 0), t.oid)
                   WHEN 'int2'::regtype THEN 32767
                   WHEN 'int4'::regtype THEN 2147483647
                   ELSE 9223372036854775807 END::int8 AS ceiling
         ) x
         ORDER BY f.sequence_oid, x.ceiling, n.nspname, c.relname, a.attnum
    )
    SELECT current_database()::text AS database,
           n.nspname::text AS schema,
           c.relname::text AS sequence,
           f.table_name AS table,
           f.column_name AS column,
           f.column_type AS column_type,
           CASE WHEN l.relation IS NULL
                 AND has_sequence_privilege(s.seqrelid, 'SELECT, USAGE')
                 AND NOT (c.relpersistence = 'u' AND pg_is_in_recovery())
                THEN pg_sequence_last_value(s.seqrelid::regclass) END AS last_value,
           least(s.seqmax, f.ceiling) AS ceiling,
           s.seqincrement AS increment
      FROM pg_sequence s
      JOIN pg_class c ON c.oid = s.seqrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace
      LEFT JOIN narrowest f ON f.sequence_oid = c.oid
      LEFT JOIN locked l ON l.relation = c.oid
     WHERE s.seqincrement > 0
       AND NOT s.seqcycle
       AND {user_schema}
"""
_HIDDEN = """
    SELECT count(*)::int8 AS sequences,
           string_agg(DISTINCT quote_ident(n.nspname), ', ') AS schemas
      FROM pg_sequence s
      JOIN pg_class c ON c.oid = s.seqrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE NOT has_sequence_privilege(s.seqrelid, 'SELECT, USAGE')
       AND s.seqincrement > 0
       AND NOT s.seqcycle
       AND {user_schema}
"""
# Reading a sequence asks for ROW EXCLUSIVE, so waits for ALTER SEQUENCE too.
_MODES = "'ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock'"

SEQUENCES = Variants(
    {
        "postgres >= 13": _SEQUENCES.format(
            locked=LOCKED.format(modes=_MODES), user_schema=USER_SCHEMA
        )
    }
)
HIDDEN = Variants({"postgres >= 13": _HIDDEN.format(user_schema=USER_SCHEMA)})


@row
class Sequence:
    """A sequence with the column it feeds; ascending and not cycling ones only."""

    database: str = label()
    schema: str = label()
    sequence: str = label()
    table: str | None = note("Column it feeds, as schema.table; None where it belongs to none.")
    column: str | None = note()
    column_type: str | None = note()
    last_value: int | None = gauge("Last value handed out; None before the first.")
    ceiling: int = gauge("Highest value that both sequence and column can hold.")
    increment: int = note()


@dataclass(frozen=True, slots=True)
class Hidden:
    """Sequences whose last value our role may not read."""

    sequences: int
    schemas: str | None


@collector(Runs(SEQUENCES), every=timedelta(minutes=10), per_database=True)
def sequences(db: SqlSession) -> Snapshot[Sequence]:
    gaps = tuple(
        f"{hidden.sequences} sequences of database {db.server.database} hide their last value; "
        f'run GRANT SELECT ON ALL SEQUENCES IN SCHEMA {hidden.schemas} TO "{db.server.user}"'
        for hidden in db.rows(HIDDEN, Hidden)
        if hidden.sequences
    )
    return Snapshot(db.now(), db.rows(SEQUENCES, Sequence), gaps=gaps)
