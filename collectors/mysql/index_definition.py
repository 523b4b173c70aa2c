"""The statement that makes an index again."""

from __future__ import annotations

from collections.abc import Sequence

from collectors.mysql.key_parts import KeyPart

# information_schema tells of no parser, without which it would find other words.
_UNTOLD = " /* WITH PARSER, if it has one: see SHOW CREATE TABLE */"
_KINDS = {"fulltext": "FULLTEXT ", "spatial": "SPATIAL "}


def definition(parts: Sequence[KeyPart], *, mariadb: bool = False) -> str:
    """A primary key is a table's, so it takes ALTER TABLE. Its COMMENT is left out."""
    first = parts[0]
    table = f"{_quoted(first.schema)}.{_quoted(first.table)}"
    columns = ", ".join(_column(part) for part in parts)
    if first.index == "PRIMARY":
        return f"ALTER TABLE {table} ADD PRIMARY KEY ({columns})"
    kind = "UNIQUE " if first.unique else _KINDS.get(first.method, "")
    method = " USING HASH" if first.method == "hash" else ""
    unseen = "" if first.visible else " IGNORED" if mariadb else " INVISIBLE"
    options = f"{method}{unseen}{_UNTOLD if first.method == 'fulltext' else ''}"
    return f"CREATE {kind}INDEX {_quoted(first.index)} ON {table} ({columns}){options}"


def _column(part: KeyPart) -> str:
    # A spatial index shows the width of its boxes as if it were a prefix.
    prefix = f"({part.prefix})" if part.prefix and part.method not in _KINDS else ""
    name = f"({part.formula})" if part.column is None else f"{_quoted(part.column)}{prefix}"
    return f"{name} DESC" if part.descending else name


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
