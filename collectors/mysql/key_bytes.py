"""How wide the values of a key can get."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from collectors.mysql.key_parts import KeyPart
from collectors.mysql.relations import SYSTEM, on_both

_COLUMNS = """
    SELECT TABLE_SCHEMA AS `schema`,
           TABLE_NAME AS `table`,
           COLUMN_NAME AS `column`,
           LOWER(DATA_TYPE) AS type,
           CHARACTER_MAXIMUM_LENGTH AS characters,
           CHARACTER_OCTET_LENGTH AS octets,
           NUMERIC_PRECISION AS digits,
           NUMERIC_SCALE AS decimals,
           DATETIME_PRECISION AS fraction
      FROM information_schema.COLUMNS
     WHERE TABLE_SCHEMA NOT IN {system}
       AND COLUMN_KEY = 'PRI'
"""
KEY_COLUMNS = on_both(_COLUMNS.format(system=SYSTEM))

_FIXED = {
    "tinyint": 1,
    "smallint": 2,
    "mediumint": 3,
    "int": 4,
    "bigint": 8,
    "float": 4,
    "double": 8,
    "year": 1,
    "date": 3,
    "time": 3,
    "timestamp": 4,
    "datetime": 5,
    "enum": 2,
    "set": 8,
    "uuid": 16,
    "inet4": 4,
    "inet6": 16,
}
_LEFT_OVER_DIGITS = (0, 1, 1, 2, 2, 3, 3, 4, 4)


@dataclass(frozen=True, slots=True)
class KeyColumn:
    """A column of a primary key, as information_schema measures it."""

    schema: str
    table: str
    column: str
    type: str
    characters: int | None
    octets: int | None
    digits: int | None
    decimals: int | None
    fraction: int | None


def key_bytes(parts: Sequence[KeyPart], columns: Sequence[KeyColumn]) -> int | None:
    """The widest value; None without a key, or where a type is not known."""
    by_name = {column.column: column for column in columns}
    widths = [_bytes(by_name.get(part.column or ""), part.prefix) for part in parts]
    if not widths or None in widths:
        return None
    return sum(width for width in widths if width is not None)


def _bytes(column: KeyColumn | None, prefix: int) -> int | None:
    if column is None:
        return None
    if column.type in _FIXED:
        return _FIXED[column.type] + ((column.fraction or 0) + 1) // 2
    if column.type == "decimal":
        return _decimal_bytes(column.digits or 0, column.decimals or 0)
    if column.type == "bit":
        return ((column.digits or 1) + 7) // 8
    if column.octets is None or not column.characters:
        return None
    return min(column.octets, prefix * column.octets // column.characters or column.octets)


def _decimal_bytes(digits: int, decimals: int) -> int:
    """Nine digits take four bytes, on each side of the point."""
    whole = digits - decimals
    return sum(part // 9 * 4 + _LEFT_OVER_DIGITS[part % 9] for part in (whole, decimals))
