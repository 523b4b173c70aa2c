"""The columns of each index, of information_schema.STATISTICS without what opens tables."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace

from collectors.mysql.relations import SYSTEM, dictionary, locked, on_both
from collectors.session import QueryTimeout, SqlSession
from collectors.variants import Variants

_PARTS = """
    SELECT TABLE_SCHEMA AS `schema`,
           TABLE_NAME AS `table`,
           INDEX_NAME AS `index`,
           SEQ_IN_INDEX AS position,
           COLUMN_NAME AS `column`,
           COALESCE(SUB_PART, 0) AS prefix,
           NON_UNIQUE = 0 AS `unique`,
           NULLABLE = 'YES' AS nullable,
           {visible} AS visible,
           {descending} AS descending,
           {method} AS method,
           {expression} AS expression
      FROM information_schema.STATISTICS
     WHERE TABLE_SCHEMA NOT IN {system}
     ORDER BY TABLE_SCHEMA, TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX
"""
_UNTOLD = {"descending": "0", "method": "'btree'", "expression": "NULL", "system": SYSTEM}
_MYSQL_8 = {
    "visible": "IS_VISIBLE = 'YES'",
    "descending": "COALESCE(COLLATION = 'D', 0)",
    "method": "LOWER(INDEX_TYPE)",
    "system": SYSTEM,
}
PARTS = Variants(
    {
        "mysql >= 5.7": _PARTS.format(visible="1", **_UNTOLD),
        "mysql >= 8.0": _PARTS.format(expression="NULL", **_MYSQL_8),
        "mysql >= 8.0.13": _PARTS.format(expression="EXPRESSION", **_MYSQL_8),
        "mariadb >= 10.5": _PARTS.format(visible="1", **_UNTOLD),
        "mariadb >= 10.6": _PARTS.format(visible="IGNORED = 'NO'", **_UNTOLD),
    }
)

# Opens the table, and it alone as both names are given: asked where an index is new only.
_KINDS = """
    SELECT TABLE_SCHEMA AS `schema`,
           TABLE_NAME AS `table`,
           INDEX_NAME AS `index`,
           SEQ_IN_INDEX AS position,
           COALESCE(COLLATION = 'D', 0) AS descending,
           LOWER(INDEX_TYPE) AS method
      FROM information_schema.STATISTICS
     WHERE TABLE_SCHEMA = %(schema)s
       AND TABLE_NAME = %(table)s
"""
KINDS = on_both(_KINDS)
_TABLES_A_ROUND = 200
_SECONDS_A_ROUND = 5.0
_ROUND_SECONDS = 60.0

_ESCAPED = re.compile(r"\\(.)", re.DOTALL)

Place = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class KeyPart:
    """A column of an index, or an expression; `prefix` 0 is all of it."""

    schema: str
    table: str
    index: str
    position: int
    column: str | None
    prefix: int
    unique: bool
    nullable: bool
    visible: bool
    descending: bool
    method: str
    expression: str | None

    @property
    def place(self) -> Place:
        return self.schema, self.table, self.index

    @property
    def formula(self) -> str:
        """The expression, if it is one; the dictionary keeps it escaped as within quotes."""
        return _ESCAPED.sub(r"\1", self.expression or "")


@dataclass(frozen=True, slots=True)
class Kind:
    """What a key part is, if not an ascending b-tree's."""

    schema: str
    table: str
    index: str
    position: int
    descending: bool
    method: str


def by_index(parts: Iterable[KeyPart]) -> dict[str, list[KeyPart]]:
    """Of one table."""
    found: dict[str, list[KeyPart]] = {}
    for part in parts:
        found.setdefault(part.index, []).append(part)
    return found


class LeftParts:
    """What `tables` read and `indexes` has not taken yet in the same round, or the reverse."""

    def __init__(self) -> None:
        self.reader = ""
        self.read_at = 0.0
        self.found: tuple[tuple[KeyPart, ...], int] | None = None


def read_parts(db: SqlSession, reader: str) -> tuple[tuple[KeyPart, ...], int]:
    """Of all indexes, and how many tables had to be left out; what was left is taken once."""
    left = db.keep(LeftParts)
    found, left.found = left.found, None
    if found and left.reader != reader and db.now() - left.read_at < _ROUND_SECONDS:
        return found
    parts = db.rows(PARTS, KeyPart)
    left.reader, left.read_at, left.found = reader, db.now(), (parts, locked(db))
    return left.found


class KnownKinds:
    """What MariaDB and MySQL 5.7 open tables to tell, and the indexes they told of.

    `late` are tables whose answer did not come: the others are asked first.
    """

    def __init__(self) -> None:
        self.places: set[Place] = set()
        self.odd: dict[tuple[Place, int], Kind] = {}
        self.late: set[tuple[str, str]] = set()

    def unknown(self, parts: Iterable[KeyPart]) -> list[tuple[str, str]]:
        """Tables, those with most to tell first: one index alone is seldom judged."""
        found = Counter((p.schema, p.table) for p in parts if p.place not in self.places)
        return sorted(found, key=lambda table: (table in self.late, -found[table]))

    def keep_only(self, places: set[Place]) -> None:
        self.places &= places
        self.odd = {key: kind for key, kind in self.odd.items() if key[0] in places}
        self.late &= {(schema, table) for schema, table, _ in places}

    def told(self, kinds: Iterable[Kind]) -> None:
        for kind in kinds:
            place = kind.schema, kind.table, kind.index
            self.places.add(place)
            self.late.discard(place[:2])
            self.odd.pop((place, kind.position), None)
            if kind.descending or kind.method != "btree":
                self.odd[place, kind.position] = kind


def with_kinds(
    db: SqlSession, parts: tuple[KeyPart, ...]
) -> tuple[tuple[KeyPart, ...], tuple[str, ...]]:
    """With method and direction, which MySQL 8 has told already; only those that are known."""
    if dictionary(db.server):
        return parts, ()
    known = db.keep(KnownKinds)
    known.keep_only({part.place for part in parts})
    with suppress(QueryTimeout):
        _ask(db, known, known.unknown(parts)[:_TABLES_A_ROUND])
    # A FULLTEXT index that is taken for a b-tree would be called a duplicate of one.
    told = (part for part in parts if part.place in known.places)
    full = (_with_kind(part, known.odd.get((part.place, part.position))) for part in told)
    return tuple(full), _gaps(len(known.unknown(parts)))


def _ask(db: SqlSession, known: KnownKinds, tables: Iterable[tuple[str, str]]) -> None:
    until = db.now() + _SECONDS_A_ROUND
    for schema, table in tables:
        if db.now() > until:
            return
        known.late.add((schema, table))
        known.told(db.rows(KINDS, Kind, schema=schema, table=table))


def _gaps(tables: int) -> tuple[str, ...]:
    if not tables:
        return ()
    what = "1 table" if tables == 1 else f"{tables} tables"
    return (f"the kinds of indexes of {what} are not known yet: they are left out until then",)


def _with_kind(part: KeyPart, kind: Kind | None) -> KeyPart:
    if kind is None:
        return part
    return replace(part, descending=kind.descending, method=kind.method)
