"""Tables with their size and use; none is opened to tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypedDict

from collectors.base import Runs, collector
from collectors.fields import counter, gauge, note, row
from collectors.mysql.key_bytes import KEY_COLUMNS, KeyColumn, key_bytes
from collectors.mysql.key_parts import KeyPart, by_index, read_parts
from collectors.mysql.needs import Privilege, Reads
from collectors.mysql.relations import (
    SYSTEM,
    Place,
    SeesTables,
    by_table,
    dictionary,
    hidden_gaps,
    lock_gaps,
    size_gaps,
)
from collectors.mysql.storage import (
    FORMATS,
    TABLE_STATS,
    Format,
    FreeSpace,
    TableStats,
    free_space,
)
from collectors.mysql.table_io import Use, counting_since, use
from collectors.session import SqlSession
from collectors.snapshot import Snapshot
from collectors.snapshots.schema import Table
from collectors.variants import Variants

_NAMES = """
    SELECT TABLE_SCHEMA AS `schema`,
           TABLE_NAME AS `table`,
           ENGINE AS storage_engine,
           TABLE_COLLATION AS collation,
           {row_format} AS row_format
      FROM information_schema.TABLES
     WHERE TABLE_SCHEMA NOT IN {system}
       AND (TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED') OR TABLE_TYPE IS NULL)
"""
NAMES = Variants(
    {
        "mysql >= 5.7": _NAMES.format(row_format="NULL", system=SYSTEM),
        "mysql >= 8.0": _NAMES.format(row_format="ROW_FORMAT", system=SYSTEM),
        "mariadb >= 10.5": _NAMES.format(row_format="NULL", system=SYSTEM),
    }
)


@row(noun="table")
class MysqlTable(Table):
    """A base table. `database` and `schema` are both its schema; `oid` and TOAST do not exist.

    Rows and sizes are InnoDB's, as of its last statistics: it makes them anew when a tenth of
    the rows has changed. Those of other storage engines would need the table opened: `rows` is
    None and the sizes are 0, which a gap tells. Free space is looked at once an hour.
    """

    storage_engine: str = note("InnoDB, MyISAM, Aria, …")
    row_format: str = note("Dynamic, Compact, …; empty where the server does not say.")
    collation: str = note()
    partitions: int = note("0 where it is not partitioned.")
    free_bytes: int | None = gauge("Its file beyond its pages; None in a shared tablespace.")
    primary_key: tuple[str, ...] = note("Columns in order; empty without.")
    primary_key_bytes: int | None = note("Widest value of the key; None without or unknown.")
    secondary_indexes: int = note("Indexes beside the primary key.")
    rows_read: int | None = counter("Rows read, by index or without.")
    rows_scanned: int | None = counter("Rows read without an index.")
    io_seconds: float | None = counter("Time in table I/O calls.")


@dataclass(frozen=True, slots=True)
class Name:
    """A table; all but its name is None while it is being changed."""

    schema: str
    table: str
    storage_engine: str | None
    collation: str | None
    row_format: str | None

    @property
    def place(self) -> Place:
        return self.schema, self.table


class Counters(TypedDict):
    inserts: int | None
    updates: int | None
    deletes: int | None
    rows_read: int | None
    rows_scanned: int | None
    io_seconds: float | None


@collector(
    Runs(NAMES),
    SeesTables(),
    Privilege("PROCESS", "PROCESS"),
    Reads("mysql", "innodb_table_stats"),
    every=timedelta(minutes=5),
)
def tables(db: SqlSession) -> Snapshot[MysqlTable]:
    uses = use(db)
    names = db.rows(NAMES, Name)
    readable = [name for name in names if name.storage_engine is not None]
    about = _about(db, uses)
    lost = max(len(names) - len(readable), about.lost)
    rows = tuple(_table(name, about) for name in readable)
    hidden = about.stats.keys() - {name.place for name in names}
    unsized = sum(name.place not in about.stats for name in readable)
    gaps = (
        *lock_gaps(lost),
        *hidden_gaps(db.server, len(hidden)),
        *size_gaps(unsized),
        *about.space.gaps,
    )
    return Snapshot(db.now(), rows, counting_since(db, uses), gaps, partial=lost > 0)


@dataclass(frozen=True, slots=True)
class _About:
    """What is known of tables beside their names; `lost` could not be read."""

    keys: Mapping[Place, list[KeyPart]]
    columns: Mapping[Place, list[KeyColumn]]
    stats: Mapping[Place, TableStats]
    space: FreeSpace
    formats: Mapping[Place, Format]
    uses: Mapping[Place, list[Use]]
    lost: int


def _about(db: SqlSession, uses: tuple[Use, ...]) -> _About:
    parts, lost = read_parts(db, "tables")
    stats = {(s.schema, s.table): s for s in db.rows(TABLE_STATS, TableStats)}
    return _About(
        keys=by_table(parts),
        columns=by_table(db.rows(KEY_COLUMNS, KeyColumn)),
        stats=stats,
        space=free_space(db, stats),
        formats={}
        if dictionary(db.server)
        else {(f.schema, f.table): f for f in db.rows(FORMATS, Format)},
        uses=by_table(uses),
        lost=lost,
    )


def _table(name: Name, about: _About) -> MysqlTable:
    place = name.place
    keys = by_index(about.keys.get(place, ()))
    primary = keys.get("PRIMARY", [])
    stats = about.stats.get(place)
    uses = about.uses.get(place, [])
    return MysqlTable(
        database=name.schema,
        schema=name.schema,
        table=name.table,
        oid=None,
        kind="partitioned table" if stats and stats.partitions else "table",
        rows=stats.rows if stats else None,
        heap_bytes=stats.data_bytes if stats else 0,
        toast_bytes=0,
        index_bytes=stats.index_bytes if stats else 0,
        has_primary_key=bool(primary),
        has_unique_key=any(_identifies(parts) for parts in keys.values()),
        storage_engine=name.storage_engine or "",
        row_format=name.row_format or _format(about.formats.get(place)),
        collation=name.collation or "",
        partitions=stats.partitions if stats else 0,
        free_bytes=about.space.free_bytes.get(place),
        primary_key=tuple(part.column or "" for part in primary),
        primary_key_bytes=key_bytes(primary, about.columns.get(place, ())),
        secondary_indexes=len(keys) - bool(primary),
        **_counters(uses),
    )


def _identifies(parts: Sequence[KeyPart]) -> bool:
    """A unique index that no row can stay out of."""
    return all(part.unique and not part.nullable for part in parts)


def _format(format: Format | None) -> str:
    return format.row_format if format else ""


def _counters(uses: Sequence[Use]) -> Counters:
    if not uses:
        return Counters(
            inserts=None,
            updates=None,
            deletes=None,
            rows_read=None,
            rows_scanned=None,
            io_seconds=None,
        )
    return Counters(
        inserts=sum(each.inserted for each in uses),
        updates=sum(each.updated for each in uses),
        deletes=sum(each.deleted for each in uses),
        rows_read=sum(each.fetched for each in uses),
        rows_scanned=sum(each.fetched for each in uses if each.index is None),
        io_seconds=sum(each.seconds for each in uses),
    )
