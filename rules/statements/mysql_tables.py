"""Which tables a MySQL statement reads, how, and which index of them it should have used."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from collectors.mysql.tables import MysqlTable
from collectors.snapshot import Snapshot
from collectors.snapshots.schema import Index
from collectors.sql_parse import parse
from rules.statements.mysql_costs import (
    EXAMINED_ROWS_PER_CALL,
    SCANNED_ROWS_PER_ROW,
    MysqlCost,
    changes,
    examined,
    examined_per_row,
    filters,
    joins_whole,
    scans,
)

if TYPE_CHECKING:
    from sqlglot.expressions import Expr

_MOST = 0.5
# A table of fewer rows is best read whole and kept in memory.
_SMALL_TABLE_ROWS = 1000


@dataclass(frozen=True, slots=True)
class Reads:
    """Base tables in the order they are written, one read twice is there twice.

    `all_known` is False where a source is a view, or one that was not found. Of the only table,
    `compared` are columns that must equal a value, `ignored` an index that begins with one.
    """

    tables: tuple[MysqlTable, ...] = ()
    all_known: bool = False
    compared: tuple[str, ...] = ()
    ignored: Index | None = None

    @property
    def only(self) -> MysqlTable | None:
        return self.tables[0] if self.all_known and len(self.tables) == 1 else None


def reads(
    cost: MysqlCost, tables: Snapshot[MysqlTable] | None, indexes: Snapshot[Index] | None = None
) -> Reads:
    """Nothing is known of a statement that is not understood, or was cut."""
    tree = parse(cost.total.query, "mysql") if tables else None
    if tree is None or tables is None:
        return Reads()
    from sqlglot import exp  # noqa: PLC0415

    named = {c.alias for c in tree.find_all(exp.CTE)}
    sources = [t for t in tree.find_all(exp.Table) if t.db or t.name not in named]
    known = {(t.schema.casefold(), t.table.casefold()): t for t in tables.rows}
    keys = [((s.db or cost.total.database).casefold(), s.name.casefold()) for s in sources]
    found = tuple(known[key] for key in keys if key in known)
    read = Reads(found, all_known=bool(found) and len(found) == len(sources))
    if (only := read.only) is None:
        return read
    compared = tuple(dict.fromkeys(_compared(tree)))
    return replace(read, compared=compared, ignored=_ignored(compared, only, indexes))


def reads_whole(cost: MysqlCost, read: Reads) -> bool:
    """Whether it reads a table from end to end to use few of its rows.

    MySQL does not say of an UPDATE or DELETE that it used no index: the table's size tells.
    """
    if scans(cost):
        return True
    rows = read.only.rows if read.only else None
    if not rows or not changes(cost) or not filters(cost):
        return False
    much = examined(cost) >= max(EXAMINED_ROWS_PER_CALL, _MOST * rows)
    return much and examined_per_row(cost) >= SCANNED_ROWS_PER_ROW


def joins_large(cost: MysqlCost, read: Reads) -> bool:
    """Whether it joins without an index, and not just to small tables."""
    if not joins_whole(cost):
        return False
    sizes = sorted(table.rows or 0.0 for table in read.tables)
    return not read.all_known or (len(sizes) > 1 and sizes[-2] >= _SMALL_TABLE_ROWS)


def _ignored(
    compared: tuple[str, ...], table: MysqlTable, indexes: Snapshot[Index] | None
) -> Index | None:
    wanted = {column.casefold() for column in compared}
    for index in indexes.rows if indexes else ():
        if (index.schema, index.table) == (table.schema, table.table) and index.visible:
            first = index.columns[0] if index.columns else ""
            if first.casefold() in wanted and index.method.casefold() == "btree":
                return index
    return None


def _compared(tree: Expr) -> Iterator[str]:
    """Columns that must equal a value for a row to be found."""
    from sqlglot import exp  # noqa: PLC0415

    where = tree.args.get("where")
    condition = where.this if where else None
    for part in condition.flatten() if isinstance(condition, exp.And) else [condition]:
        bare = part.unnest() if part else None
        if isinstance(bare, exp.EQ):
            sides = (bare.left, bare.right)
            if any(isinstance(side, exp.Placeholder) for side in sides):
                yield from (side.name for side in sides if isinstance(side, exp.Column))
