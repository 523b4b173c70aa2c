"""Tables by the names statements call them, with their columns and indexes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from collectors.postgres.postgres_table import PostgresTable
from collectors.session import Server
from collectors.snapshots.schema import Column, ForeignKey, Index, Table
from rules.base import MYSQL

Place = tuple[str, str, str]


def place(of: Table | Column | Index | ForeignKey) -> Place:
    return of.database, of.schema, of.table


def called(server: Server, index: Index) -> str:
    """An index's name with what makes it unique: the schema, on MySQL and MariaDB the table."""
    if server.engine in MYSQL:
        return f"{index.schema}.{index.table}.{index.index}"
    return index.name


def by_table(indexes: Iterable[Index]) -> dict[Place, list[Index]]:
    """The indexes of each table; none where a table has none."""
    found: dict[Place, list[Index]] = defaultdict(list)
    for index in indexes:
        found[place(index)].append(index)
    return found


class Catalogue:
    """What all databases of a target hold; views and functions are not in it."""

    def __init__(
        self, tables: Iterable[PostgresTable], columns: Iterable[Column], indexes: Iterable[Index]
    ) -> None:
        self._tables = {place(t): t for t in tables}
        self._named: dict[tuple[str, str], list[PostgresTable]] = defaultdict(list)
        for table in self._tables.values():
            self._named[table.database, table.table].append(table)
        self._columns: dict[Place, dict[str, Column]] = defaultdict(dict)
        for column in columns:
            self._columns[place(column)][column.column] = column
        self._indexes = by_table(indexes)

    def find(self, database: str, schema: str, name: str, user: str | None) -> PostgresTable | None:
        """The table a statement of this user means; None where it may be one of several.

        A bare name is the only table called so, or the one in `public`, unless the user's own
        schema has one too.
        """
        if schema:
            return self._tables.get((database, schema, name))
        named = self._named.get((database, name), [])
        if len(named) == 1:
            return named[0]
        by_schema = {t.schema: t for t in named}
        return None if user in by_schema else by_schema.get("public")

    def columns(self, table: PostgresTable) -> Mapping[str, Column]:
        return self._columns.get(place(table), {})

    def indexes(self, table: PostgresTable) -> Sequence[Index]:
        return self._indexes.get(place(table), ())

    def taken(self, database: str, schema: str) -> frozenset[str]:
        """Names that a new index of this schema may not have, as far as they are known."""
        tables = (t for d, s, t in self._tables if (d, s) == (database, schema))
        found = (
            i for (d, s, _), of in self._indexes.items() if (d, s) == (database, schema) for i in of
        )
        return frozenset(tables) | {i.index for i in found}


def table_bytes(table: PostgresTable) -> float:
    """Heap size; a partitioned table has none of its own, so its rows are counted."""
    return table.heap_bytes or (table.rows or 0.0) * (table.row_bytes or 0.0)
