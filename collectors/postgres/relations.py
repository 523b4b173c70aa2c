"""What the collectors of tables, indexes and sequences share."""

from __future__ import annotations

from collectors.variants import Variants

# Asking for the size or the definition of a relation waits for the lock of an ALTER TABLE, and so
# would fail for all relations. A request that still waits makes later ones wait too.
LOCKED = """
    locked AS MATERIALIZED (
        SELECT DISTINCT l.relation
          FROM pg_locks l
          JOIN pg_database d ON d.oid = l.database
         WHERE d.datname = current_database()
           AND l.locktype = 'relation'
           AND l.mode IN ({modes})
    )"""

USER_SCHEMA = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"

# A relation that was never analysed has -1 rows; before 14 it had 0, as an empty one has.
ROWS = "nullif(c.reltuples, -1)"
ROWS_BEFORE_14 = "CASE WHEN c.relpages > 0 OR c.reltuples > 0 THEN c.reltuples END"

# A database that was never reset says nothing since PostgreSQL 15; the server-wide statistics say
# when they began: at initdb, after a crash, or when a standby was made.
RESETS = Variants(
    {
        "postgres >= 13": """
    SELECT extract(epoch FROM
               coalesce(d.stats_reset, least(a.stats_reset, b.stats_reset))
           )::float8 AS at
      FROM pg_stat_database d
     CROSS JOIN pg_stat_archiver a
     CROSS JOIN pg_stat_bgwriter b
     WHERE d.datname = current_database()
"""
    }
)
