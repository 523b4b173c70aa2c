"""How near AUTO_INCREMENT columns are to the end of their type."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from collectors.base import Runs, collector
from collectors.fields import gauge, label, note, row
from collectors.mysql.needs import Privilege, Reads, instrumented
from collectors.mysql.relations import (
    FILE_SCHEMA,
    FILE_TABLE,
    SYSTEM,
    Place,
    SeesTables,
    dictionary,
    lock_gaps,
    locked,
    on_both,
    too_many,
)
from collectors.session import QueryTimeout, SqlSession
from collectors.snapshot import Snapshot
from collectors.variants import Variants

_COLUMNS = """
    SELECT TABLE_SCHEMA AS `schema`,
           TABLE_NAME AS `table`,
           COLUMN_NAME AS `column`,
           LOWER(COLUMN_TYPE) AS column_type
      FROM information_schema.COLUMNS
     WHERE TABLE_SCHEMA NOT IN {system}
       AND EXTRA LIKE '%auto_increment%'
"""
COLUMNS = on_both(_COLUMNS.format(system=SYSTEM))

# What the dictionary has not cached, MySQL looks up in the table, and waits for one that is being
# changed: those are left alone, where it tells which they are.
_CACHED = """
    SELECT t.TABLE_SCHEMA AS `schema`,
           t.TABLE_NAME AS `table`,
           {held} AS held,
           CASE WHEN {held} THEN NULL ELSE t.AUTO_INCREMENT END AS next_value
      FROM information_schema.COLUMNS c
      JOIN information_schema.TABLES t
        ON t.TABLE_SCHEMA = c.TABLE_SCHEMA
       AND t.TABLE_NAME = c.TABLE_NAME
     WHERE c.TABLE_SCHEMA NOT IN {system}
       AND c.EXTRA LIKE '%auto_increment%'
"""
_HELD = """EXISTS (
               SELECT 1
                 FROM performance_schema.metadata_locks l
                WHERE l.OBJECT_TYPE = 'TABLE'
                  AND l.OBJECT_SCHEMA = t.TABLE_SCHEMA
                  AND l.OBJECT_NAME = t.TABLE_NAME
                  AND l.LOCK_TYPE = 'EXCLUSIVE'
                  AND l.LOCK_STATUS = 'GRANTED'
           )"""
# A table has 0 here until somebody opens it, and again once InnoDB forgot it for want of room. A
# partition is a line of its own. InnoDB loads every table to answer: asked seldom, not of many.
_INNODB = """
    SELECT {schema} AS `schema`,
           {table} AS `table`,
           0 AS held,
           AUTOINC AS next_value
      FROM information_schema.INNODB_SYS_TABLESTATS
     WHERE NAME LIKE '%/%'
       AND NAME NOT LIKE '%/#sql%'
       AND AUTOINC > 0
"""
_OPENED = _INNODB.format(
    schema=FILE_SCHEMA.format(name="NAME"), table=FILE_TABLE.format(name="NAME")
)
VALUES = Variants(
    {
        "mysql >= 5.7": _OPENED,
        "mysql >= 8.0": _CACHED.format(held="0", system=SYSTEM),
        "mariadb >= 10.5": _OPENED,
    }
)
UNHELD_VALUES = Variants({"mysql >= 8.0": _CACHED.format(held=_HELD, system=SYSTEM)})

_LOADED_EVERY_SECONDS = 3600.0
_MOST_LOADED = 20_000
_LATE = "next values took too long to read; they are asked for again after an hour"

_BITS = {"tinyint": 8, "smallint": 16, "mediumint": 24, "int": 32, "bigint": 64}


@row
class AutoIncrement:
    """One column. `database` and `schema` are both its schema.

    MySQL 8 may tell a value as old as information_schema_stats_expiry where others asked before,
    a day as a rule. MariaDB and MySQL 5.7 tell that of InnoDB tables that were opened since the
    server started, and are asked once an hour. Floats are left out.
    """

    database: str = label()
    schema: str = label()
    table: str = label()
    column: str = label()
    column_type: str = note("int unsigned, bigint, …")
    next_value: int = gauge("The value the next row gets, as of the last statistics.")
    ceiling: int = gauge("Highest value its type can hold.")


@dataclass(frozen=True, slots=True)
class NumberedColumn:
    schema: str
    table: str
    column: str
    column_type: str


@dataclass(frozen=True, slots=True)
class NextValue:
    """None before the first row. Of a table that is `held` nothing was asked."""

    schema: str
    table: str
    held: bool
    next_value: int | None


class LastValues:
    """What each table's next value was when it was last told.

    `asked_at` and `gaps` are of the last time that InnoDB loaded its tables to tell.
    """

    def __init__(self) -> None:
        self.by_table: dict[Place, int] = {}
        self.asked_at: float | None = None
        self.gaps: tuple[str, ...] = ()


@collector(Runs(VALUES), SeesTables(), Privilege("PROCESS", "PROCESS"), every=timedelta(minutes=10))
def auto_increment(db: SqlSession) -> Snapshot[AutoIncrement]:
    columns, last = db.rows(COLUMNS, NumberedColumn), db.keep(LastValues)
    lost = locked(db)
    if dictionary(db.server):
        values = db.rows(_cached(db), NextValue)
        lost = locked(db) + sum(value.held for value in values)
    else:
        values = _loaded(db, last)
    there = {(c.schema, c.table) for c in columns}
    # A table that is held is not among the columns, but comes back.
    kept = {place: value for place, value in last.by_table.items() if lost or place in there}
    last.by_table = {**kept, **_highest(values)}
    gaps = (*lock_gaps(lost), *last.gaps)
    return Snapshot(db.now(), _rows(columns, last.by_table), gaps=gaps, partial=bool(gaps))


def _cached(db: SqlSession) -> Variants:
    tells = Reads("performance_schema", "metadata_locks").unmet(db.server) is None
    return UNHELD_VALUES if instrumented(db.server) and tells else VALUES


def _loaded(db: SqlSession, last: LastValues) -> tuple[NextValue, ...]:
    """Once an hour, whatever came of it; empty in between."""
    if last.asked_at is not None and db.now() - last.asked_at < _LOADED_EVERY_SECONDS:
        return ()
    last.asked_at, last.gaps = db.now(), too_many(db, "next values", _MOST_LOADED)
    if last.gaps:
        return ()
    last.gaps = (_LATE,)
    with suppress(QueryTimeout):
        values = db.rows(VALUES, NextValue)
        last.gaps = ()
        return values
    return ()


def _highest(values: Iterable[NextValue]) -> dict[Place, int]:
    """Of each table, over its partitions."""
    found: dict[Place, int] = {}
    for value in values:
        if value.next_value is not None:
            place = value.schema, value.table
            found[place] = max(value.next_value, found.get(place, 0))
    return found


def _rows(
    columns: Sequence[NumberedColumn], known: Mapping[Place, int]
) -> tuple[AutoIncrement, ...]:
    return tuple(
        AutoIncrement(
            database=column.schema,
            schema=column.schema,
            table=column.table,
            column=column.column,
            column_type=column.column_type,
            next_value=value,
            ceiling=top,
        )
        for column in columns
        if (value := known.get((column.schema, column.table))) is not None
        and (top := ceiling(column.column_type)) is not None
    )


def ceiling(column_type: str) -> int | None:
    """Of ``int(10) unsigned``; None of a type that has none, as a float."""
    bits = _BITS.get(column_type.partition(" ")[0].partition("(")[0])
    if bits is None:
        return None
    return int(2 ** (bits if "unsigned" in column_type else bits - 1) - 1)
