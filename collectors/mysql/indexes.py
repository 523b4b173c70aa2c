"""Indexes with their structure and use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby

from collectors.base import Runs, collector
from collectors.mysql.foreign_keys import read_foreign_keys
from collectors.mysql.index_definition import definition
from collectors.mysql.key_parts import PARTS, KeyPart, read_parts, with_kinds
from collectors.mysql.needs import Privilege, Reads
from collectors.mysql.relations import SeesTables, lock_gaps, size_gaps, too_many
from collectors.mysql.storage import INDEX_STATS, TABLE_STATS, IndexStats, TableStats
from collectors.mysql.table_io import Use, counting_since, use
from collectors.session import SqlSession
from collectors.snapshot import Snapshot
from collectors.snapshots.schema import ForeignKey, Index

Place = tuple[str, str, str]

_MOST_TABLES = 50_000


@dataclass(frozen=True, slots=True)
class _About:
    """What is known of indexes beside their columns."""

    stats: Mapping[Place, IndexStats]
    rows: Mapping[tuple[str, str], float]
    fetched: Mapping[Place, int]
    referenced: Mapping[tuple[str, str], Sequence[frozenset[str]]]
    mariadb: bool


@collector(
    Runs(PARTS),
    SeesTables(),
    Privilege("PROCESS", "PROCESS"),
    Reads("mysql", "innodb_table_stats"),
    Reads("mysql", "innodb_index_stats"),
    every=timedelta(minutes=5),
)
def indexes(db: SqlSession) -> Snapshot[Index]:
    """`rows_read` counts rows fetched by the index: not inserts, foreign key checks or dives.

    It is None where nothing is counted, and for a table that was not opened since the start.
    A column has one collation in all its indexes, which is left out. An index of another storage
    engine than InnoDB has size 0.
    """
    if gaps := too_many(db, "indexes", _MOST_TABLES):
        return Snapshot(db.now(), (), gaps=gaps, partial=True)
    uses = use(db)
    read, lost = read_parts(db, "indexes")
    parts, unknown = with_kinds(db, read)
    about = _about(db, uses)
    found = groupby(parts, lambda part: part.place)
    rows = tuple(_index(tuple(of_index), about) for _, of_index in found)
    unsized = len({(part.schema, part.table) for part in parts} - about.rows.keys())
    gaps = (*lock_gaps(lost), *unknown, *size_gaps(unsized))
    return Snapshot(
        db.now(), rows, counting_since(db, uses), gaps, partial=lost > 0 or bool(unknown)
    )


def _about(db: SqlSession, uses: Sequence[Use]) -> _About:
    return _About(
        stats={(s.schema, s.table, s.index): s for s in db.rows(INDEX_STATS, IndexStats)},
        rows={(s.schema, s.table): s.rows for s in db.rows(TABLE_STATS, TableStats)},
        fetched={(u.schema, u.table, u.index): u.fetched for u in uses if u.index is not None},
        referenced=_referenced(read_foreign_keys(db)),
        mariadb=db.server.engine == "mariadb",
    )


def _referenced(
    keys: Sequence[ForeignKey],
) -> dict[tuple[str, str], list[frozenset[str]]]:
    found: dict[tuple[str, str], list[frozenset[str]]] = {}
    for key in keys:
        place = key.referenced_schema, key.referenced_table
        found.setdefault(place, []).append(frozenset(key.referenced_columns))
    return found


def _index(parts: Sequence[KeyPart], about: _About) -> Index:
    first, table = parts[0], (parts[0].schema, parts[0].table)
    stats = about.stats.get(first.place)
    primary = first.index == "PRIMARY"
    expressions = [part.formula for part in parts if part.formula]
    return Index(
        database=first.schema,
        schema=first.schema,
        table=first.table,
        index=first.index,
        oid=None,
        method=first.method,
        columns=tuple(part.column or "" for part in parts),
        prefixes=tuple(0 if part.method == "spatial" else part.prefix for part in parts),
        included=(),
        opclasses=("",) * len(parts),
        collations=("",) * len(parts),
        options=tuple(int(part.descending) for part in parts),
        expressions=", ".join(expressions) or None,
        predicate=None,
        unique=first.unique,
        primary=primary,
        exclusion=False,
        valid=True,
        ready=True,
        building=False,
        visible=first.visible,
        constraint=first.index if first.unique else None,
        referenced=_is_referenced(parts, about.referenced.get(table, ())),
        replica_identity=False,
        partition_child=False,
        definition=definition(parts, mariadb=about.mariadb),
        size_bytes=stats.size_bytes if stats else 0,
        rows=about.rows.get(table),
        distinct_values=stats.distinct(len(parts)) if stats else None,
        last_scan_at=None,
        scans=None,
        rows_read=about.fetched.get(first.place),
        rows_fetched=None,
        read_bytes=None,
        hit_bytes=None,
    )


def _is_referenced(parts: Sequence[KeyPart], keys: Sequence[frozenset[str]]) -> bool:
    """A foreign key elsewhere may rest on it: it leads with the columns pointed at."""
    return any({part.column for part in parts[: len(key)]} == key for key in keys)
