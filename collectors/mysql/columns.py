"""Columns with what statistics know of them; no value of the data is ever read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from collectors.base import Runs, collector
from collectors.mysql.needs import Reads
from collectors.mysql.relations import SYSTEM, SeesTables, lock_gaps, locked, on_both, too_many
from collectors.mysql.tables import NAMES, Name
from collectors.session import Server, SqlSession
from collectors.snapshot import Snapshot
from collectors.snapshots.schema import Column
from collectors.variants import Variants

# The labels of an enum may be anything, so they are left out.
_COLUMNS = """
    SELECT TABLE_SCHEMA AS `schema`,
           TABLE_NAME AS `table`,
           COLUMN_NAME AS `column`,
           CASE WHEN DATA_TYPE IN ('enum', 'set') THEN DATA_TYPE ELSE COLUMN_TYPE END AS type,
           ORDINAL_POSITION AS position,
           IS_NULLABLE = 'NO' AS not_null
      FROM information_schema.COLUMNS
     WHERE TABLE_SCHEMA NOT IN {system}
"""
COLUMNS = on_both(_COLUMNS.format(system=SYSTEM))

# Of an index that begins with the column: of several the largest, as one may be over a prefix.
_LEADING = """
    SELECT database_name AS `schema`,
           table_name AS `table`,
           stat_description AS `column`,
           MAX(stat_value) AS distinct_values
      FROM mysql.innodb_index_stats
     WHERE database_name NOT IN {system}
       AND stat_name = 'n_diff_pfx01'
       AND table_name NOT LIKE '#sql%'
       AND table_name NOT LIKE '%#P#%'
     GROUP BY database_name, table_name, stat_description
"""
LEADING = on_both(_LEADING.format(system=SYSTEM))

_HISTOGRAMS = """
    SELECT SCHEMA_NAME AS `schema`,
           TABLE_NAME AS `table`,
           COLUMN_NAME AS `column`,
           CAST(JSON_EXTRACT(HISTOGRAM, '$."null-values"') AS DECIMAL(20, 10)) AS null_ratio,
           CASE WHEN JSON_UNQUOTE(JSON_EXTRACT(HISTOGRAM, '$."histogram-type"')) = 'singleton'
                THEN JSON_LENGTH(HISTOGRAM, '$.buckets') END AS distinct_values
      FROM information_schema.COLUMN_STATISTICS
"""
# Without min_value and max_value, which are data.
_COLUMN_STATS = """
    SELECT s.db_name AS `schema`,
           s.table_name AS `table`,
           s.column_name AS `column`,
           s.nulls_ratio + 0e0 AS null_ratio,
           CASE WHEN s.avg_frequency > 0
                THEN t.n_rows * (1 - s.nulls_ratio) / s.avg_frequency END AS distinct_values
      FROM mysql.column_stats s
      LEFT JOIN mysql.innodb_table_stats t
        ON t.database_name = s.db_name
       AND t.table_name = s.table_name
"""
STATISTICS = Variants({"mysql >= 8.0": _HISTOGRAMS, "mariadb >= 10.5": _COLUMN_STATS})


@dataclass(frozen=True, slots=True)
class Described:
    schema: str
    table: str
    column: str
    type: str
    position: int
    not_null: bool


@dataclass(frozen=True, slots=True)
class Leading:
    schema: str
    table: str
    column: str
    distinct_values: float


@dataclass(frozen=True, slots=True)
class Statistic:
    """Of ANALYZE TABLE … UPDATE HISTOGRAM on MySQL, … PERSISTENT FOR on MariaDB."""

    schema: str
    table: str
    column: str
    null_ratio: float | None
    distinct_values: float | None


Place = tuple[str, str, str]

_MOST_TABLES = 50_000


@collector(
    Runs(COLUMNS),
    SeesTables(),
    Reads("mysql", "innodb_index_stats"),
    Reads("mysql", "innodb_table_stats"),
    every=timedelta(minutes=10),
)
def columns(db: SqlSession) -> Snapshot[Column]:
    if gaps := too_many(db, "columns", _MOST_TABLES):
        return Snapshot(db.now(), (), gaps=gaps, partial=True)
    described = db.rows(COLUMNS, Described)
    lost = locked(db)
    leading = {(c.schema, c.table, c.column): c for c in db.rows(LEADING, Leading)}
    found = db.rows(STATISTICS, Statistic) if _readable(db.server) else ()
    known = {(s.schema, s.table, s.column): s for s in found}
    tables = {name.place for name in db.rows(NAMES, Name)}
    rows = tuple(_column(c, leading, known) for c in described if (c.schema, c.table) in tables)
    return Snapshot(db.now(), rows, gaps=lock_gaps(lost), partial=lost > 0)


def _readable(server: Server) -> bool:
    """MySQL leaves out what the account may not read; MariaDB refuses, short of a grant on it."""
    if server.engine == "mysql":
        return server.at_least(8)
    whole = Reads("mysql", "column_stats").unmet(server) is None
    return whole or any(grant.endswith(" ON mysql.column_stats") for grant in server.grants)


def _column(
    column: Described, leading: Mapping[Place, Leading], known: Mapping[Place, Statistic]
) -> Column:
    place = column.schema, column.table, column.column
    statistic, first = known.get(place), leading.get(place)
    distinct = statistic.distinct_values if statistic else None
    return Column(
        database=column.schema,
        schema=column.schema,
        table=column.table,
        column=column.column,
        type=column.type,
        position=column.position,
        not_null=column.not_null,
        average_bytes=None,
        distinct_values=first.distinct_values if first else distinct,
        null_ratio=0.0 if column.not_null else statistic.null_ratio if statistic else None,
        correlation=None,
        common_ratios=(),
        common_values=(),
        histogram=(),
    )
