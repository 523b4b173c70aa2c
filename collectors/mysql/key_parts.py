"""The columns of each index, of information_schema.STATISTICS without what opens tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from collectors.mysql.relations import SYSTEM, dictionary, on_both
from collectors.session import SqlSession
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

# Has every table opened: asked where indexes came or went since the last time only.
_KINDS = """
    SELECT TABLE_SCHEMA AS `schema`,
           TABLE_NAME AS `table`,
           INDEX_NAME AS `index`,
           SEQ_IN_INDEX AS position,
           COALESCE(COLLATION = 'D', 0) AS descending,
           LOWER(INDEX_TYPE) AS method
      FROM information_schema.STATISTICS
     WHERE TABLE_SCHEMA NOT IN {system}
       AND (COLLATION = 'D' OR COLLATION IS NULL OR INDEX_TYPE <> 'BTREE')
"""
KINDS = on_both(_KINDS.format(system=SYSTEM))

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
    """Of a key part that is not an ascending b-tree's."""

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


class KnownKinds:
    """What MariaDB and MySQL 5.7 open tables to tell, and the indexes it was asked for."""

    def __init__(self) -> None:
        self.places: frozenset[Place] = frozenset()
        self.kinds: Mapping[tuple[Place, int], Kind] = {}


def with_kinds(db: SqlSession, parts: Iterable[KeyPart]) -> tuple[KeyPart, ...]:
    """Method and direction, which MySQL 8 has told already."""
    parts = tuple(parts)
    if dictionary(db.server):
        return parts
    known, places = db.keep(KnownKinds), frozenset(part.place for part in parts)
    if not places <= known.places:
        found = db.rows(KINDS, Kind)
        known.kinds = {((k.schema, k.table, k.index), k.position): k for k in found}
        known.places = places
    return tuple(_with_kind(part, known.kinds.get((part.place, part.position))) for part in parts)


def _with_kind(part: KeyPart, kind: Kind | None) -> KeyPart:
    if kind is None:
        return part
    return replace(part, descending=kind.descending, method=kind.method)
