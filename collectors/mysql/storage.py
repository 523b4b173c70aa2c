"""Rows and sizes of InnoDB tables and indexes, as of the last statistics."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from collectors.mysql.relations import FILE_SCHEMA, FILE_TABLE, SYSTEM, Place, on_both
from collectors.session import QueryTimeout, SqlSession
from collectors.variants import Variants

# A partition is a line of its own. An ALTER by copy has its unfinished table here too.
_LOGICAL = "SUBSTRING_INDEX(SUBSTRING_INDEX(table_name, '#P#', 1), '#p#', 1)"
_TABLES = """
    SELECT database_name AS `schema`,
           {logical} AS `table`,
           SUM(table_name <> {logical}) AS partitions,
           SUM(n_rows) AS `rows`,
           SUM(clustered_index_size) * @@innodb_page_size AS data_bytes,
           SUM(sum_of_other_index_sizes) * @@innodb_page_size AS index_bytes
      FROM mysql.innodb_table_stats
     WHERE database_name NOT IN {system}
       AND table_name NOT LIKE '#sql%'
     GROUP BY 1, 2
"""
TABLE_STATS = on_both(_TABLES.format(logical=_LOGICAL, system=SYSTEM))

# Of an index, the lines come sorted: n_diff_pfx01, n_diff_pfx02, …
_INDEXES = """
    SELECT database_name AS `schema`,
           {logical} AS `table`,
           index_name AS `index`,
           COUNT(DISTINCT table_name) AS parts,
           SUM(CASE WHEN stat_name = 'size' THEN stat_value ELSE 0 END)
               * @@innodb_page_size AS size_bytes,
           GROUP_CONCAT(
               CASE WHEN stat_name LIKE 'n_diff_pfx%' THEN stat_value END ORDER BY stat_name
           ) AS distinct_values
      FROM mysql.innodb_index_stats
     WHERE database_name NOT IN {system}
       AND table_name NOT LIKE '#sql%'
     GROUP BY 1, 2, 3
"""
INDEX_STATS = on_both(_INDEXES.format(logical=_LOGICAL, system=SYSTEM))

# Looks at every file, so it is asked seldom.
_FILES = """
    SELECT {schema} AS `schema`,
           {table} AS `table`,
           SUM(FILE_SIZE) AS file_bytes
      FROM information_schema.{files}
     WHERE NAME LIKE '%/%'
       AND NAME NOT LIKE '%/#sql%'
     GROUP BY 1, 2
"""
_ENCODED = {
    "schema": FILE_SCHEMA.format(name="NAME"),
    "table": FILE_TABLE.format(name="NAME"),
    "files": "INNODB_SYS_TABLESPACES",
}
_PLAIN = {
    "schema": "SUBSTRING_INDEX(NAME, '/', 1)",
    "table": "SUBSTRING_INDEX(SUBSTRING_INDEX(SUBSTRING(NAME, LOCATE('/', NAME) + 1), "
    "'#P#', 1), '#p#', 1)",
    "files": "INNODB_TABLESPACES",
}
FILES = Variants(
    {
        "mysql >= 5.7": _FILES.format(**_ENCODED),
        "mysql >= 8.0": _FILES.format(**_PLAIN),
        "mariadb >= 10.5": _FILES.format(**_ENCODED),
    }
)

_FILES_EVERY_SECONDS = 3600.0
_LATE = "sizes of files took too long to read: free space is not known; asked again after an hour"

# MySQL 8 tells it with the table; here it would wait for a table that is being changed.
_FORMATS = """
    SELECT {schema} AS `schema`,
           {table} AS `table`,
           MAX(ROW_FORMAT) AS row_format
      FROM information_schema.INNODB_SYS_TABLES
     WHERE NAME LIKE '%/%'
     GROUP BY 1, 2
"""
FORMATS = on_both(_FORMATS.format(schema=_ENCODED["schema"], table=_ENCODED["table"]))


@dataclass(frozen=True, slots=True)
class TableStats:
    schema: str
    table: str
    partitions: int
    rows: float
    data_bytes: int
    index_bytes: int


@dataclass(frozen=True, slots=True)
class IndexStats:
    """`distinct_values` are those of the first column, the first two, …, joined by commas."""

    schema: str
    table: str
    index: str
    parts: int
    size_bytes: int
    distinct_values: str | None

    def distinct(self, columns: int) -> float | None:
        """Of all key columns; None of a partitioned table, whose parts may share values."""
        values = self.distinct_values.split(",") if self.distinct_values else []
        if self.parts > 1 or not 0 < columns <= len(values):
            return None
        return float(values[columns - 1])


@dataclass(frozen=True, slots=True)
class File:
    """The tablespaces that a table has for itself."""

    schema: str
    table: str
    file_bytes: int


@dataclass(frozen=True, slots=True)
class Format:
    schema: str
    table: str
    row_format: str


class FreeSpace:
    """Of each table that has files for itself, their bytes beyond its pages when last asked."""

    def __init__(self) -> None:
        self.asked_at: float | None = None
        self.free_bytes: Mapping[Place, int] = {}
        self.gaps: tuple[str, ...] = ()


def free_space(db: SqlSession, stats: Mapping[Place, TableStats]) -> FreeSpace:
    """Files are compared with the statistics of the same moment, once an hour."""
    kept = db.keep(FreeSpace)
    if kept.asked_at is None or db.now() - kept.asked_at >= _FILES_EVERY_SECONDS:
        kept.asked_at, kept.free_bytes, kept.gaps = db.now(), {}, (_LATE,)
        with suppress(QueryTimeout):
            kept.free_bytes = _free_bytes(db.rows(FILES, File), stats)
            kept.gaps = ()
    return kept


def _free_bytes(files: tuple[File, ...], stats: Mapping[Place, TableStats]) -> dict[Place, int]:
    found: dict[Place, int] = {}
    for file in files:
        if of := stats.get((file.schema, file.table)):
            taken = of.data_bytes + of.index_bytes
            found[file.schema, file.table] = max(0, file.file_bytes - taken)
    return found
