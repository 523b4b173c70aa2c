"""Which table a column of a statement belongs to.

Nodes are told apart by `key`, not by class: sqlglot is then loaded only when there is SQL to parse.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from collectors.postgres.postgres_table import PostgresTable

if TYPE_CHECKING:
    from sqlglot.expressions import Expr

_QUERIES = frozenset(("select", "update", "delete"))
Sources = Mapping[str, PostgresTable | None]


@dataclass(frozen=True, slots=True)
class Scope:
    """One SELECT, UPDATE or DELETE and what it reads from, by alias.

    A source is None where its columns are not known: subquery, CTE, view, function.
    """

    node: Expr
    sources: Sources


@dataclass(frozen=True, slots=True)
class Owner:
    """The table that a column belongs to, as one occurrence in one scope."""

    scope: Scope
    alias: str
    table: PostgresTable
    column: str


class Scopes:
    """All queries of one statement, nested ones too."""

    def __init__(
        self,
        tree: Expr,
        find: Callable[[str, str], PostgresTable | None],
        columns: Callable[[PostgresTable], Collection[str]],
    ) -> None:
        """`find` takes schema ("" for a bare name) and table."""
        self._columns = columns
        ctes = {node.alias for node in tree.walk() if node.key == "cte"}
        self._by_node = {
            id(node): Scope(node, dict(_sources(node, ctes, find)))
            for node in tree.walk()
            if node.key in _QUERIES
        }

    def __iter__(self) -> Iterator[Scope]:
        return iter(self._by_node.values())

    def owner(self, column: Expr) -> Owner | None:
        """None where the column is of a source that is not known, or of none."""
        node: Any = column
        qualifier, name = column.args.get("table"), column.name
        while (node := node.parent) is not None:
            scope = self._by_node.get(id(node))
            if scope is None:
                continue
            named = [qualifier.name] if qualifier else self.holding(scope, name)
            if named and named[0] in scope.sources:
                return self._owner(scope, named, name)
            if not qualifier and None in scope.sources.values():
                return None
        return None

    def holding(self, scope: Scope, column: str) -> list[str]:
        """Aliases of this scope's tables that have such a column."""
        return [a for a, t in scope.sources.items() if t and column in self._columns(t)]

    def _owner(self, scope: Scope, named: list[str], column: str) -> Owner | None:
        table = scope.sources[named[0]]
        if len(named) > 1 or table is None or column not in self._columns(table):
            return None
        return Owner(scope, named[0], table, column)


def _sources(
    query: Expr, ctes: Collection[str], find: Callable[[str, str], PostgresTable | None]
) -> Iterator[tuple[str, PostgresTable | None]]:
    for source in _read_from(query):
        if source.key == "table" and source.this.key == "identifier":
            schema = source.args.get("db")
            hidden = schema is None and source.name in ctes
            table = None if hidden else find(schema.name if schema else "", source.name)
            yield source.alias_or_name, table
        else:
            yield source.alias_or_name or f"({id(source)})", None


def _read_from(query: Expr) -> Iterator[Expr]:
    if query.key != "select" and query.this is not None:
        yield from _flat(query.this)
    from_ = query.args.get("from_")
    if from_ is not None:
        yield from _flat(from_.this)
    for source in query.args.get("using") or ():
        yield from _flat(source)
    for join in joins(query):
        yield from _flat(join.this)


def _flat(source: Expr) -> Iterable[Expr]:
    """A source, what is joined to it, and what stands in brackets."""
    bracketed = source.key == "subquery" and source.this.key == "table" and not source.alias
    if source.key == "paren" or bracketed:
        yield from _flat(source.this)
    else:
        yield source
    for join in joins(source):
        yield from _flat(join.this)


def joins(node: Expr) -> Iterable[Expr]:
    return node.args.get("joins") or ()
