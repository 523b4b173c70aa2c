"""The conditions of one query, by table and by the kind of search an index could make of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from collectors.postgres.postgres_table import PostgresTable
from rules.indexes.catalogue import Catalogue
from rules.indexes.scopes import Owner, Scope, Scopes, joins

if TYPE_CHECKING:
    from sqlglot.expressions import Expr

_WHOLE = ("smallint", "integer", "bigint")
_FRACTIONS = ("DECIMAL", "DOUBLE", "FLOAT")
_ORDERED = frozenset(("gt", "gte", "lt", "lte"))
_SUMMARY = ("group", "distinct", "having")


@dataclass(slots=True)
class Search:
    """One occurrence of a table in a statement. Columns are in the order they are written.

    `joined` are compared with a column of another table; `partners` are those tables' aliases.
    `whole` tells that an index on these columns answers all its conditions, `limited` that few
    rows are fetched in the order of `ordered`, and `alone` that no other table is read with it.
    """

    table: PostgresTable
    alias: str
    alone: bool
    limited: bool
    equal: list[str] = field(default_factory=list)
    null: list[str] = field(default_factory=list)
    listed: list[str] = field(default_factory=list)
    ranged: list[str] = field(default_factory=list)
    joined: list[str] = field(default_factory=list)
    partners: list[str] = field(default_factory=list)
    ordered: tuple[str, ...] = ()
    whole: bool = True


def summarises(select: Expr) -> bool:
    return any(select.args.get(name) for name in _SUMMARY) or any(
        kind.__name__ == "AggFunc"
        for shown in select.expressions
        for node in shown.walk()
        for kind in type(node).__mro__
    )


class Conditions:
    """Reads one scope."""

    def __init__(self, scopes: Scopes, scope: Scope, catalogue: Catalogue) -> None:
        self._scopes = scopes
        self._scope = scope
        self._catalogue = catalogue
        node = scope.node
        few = bool(node.args.get("limit")) and node.key == "select" and not summarises(node)
        self._found = {
            alias: Search(table, alias, alone=len(scope.sources) == 1, limited=few)
            for alias, table in scope.sources.items()
            if table is not None
        }

    def searches(self) -> Iterator[Search]:
        node = self._scope.node
        where = node.args.get("where")
        for condition in _conditions(where.this) if where else ():
            self._take(condition)
        for join in self._joins(node):
            self._join(join)
        self._sort(node)
        return iter(self._found.values())

    def _joins(self, node: Expr) -> Iterator[Expr]:
        yield from joins(node)
        from_ = node.args.get("from_")
        if from_ is not None:
            yield from joins(from_.this)

    def _join(self, join: Expr) -> None:
        side = join.args.get("side") or ""
        if side in ("RIGHT", "FULL") or join.args.get("method"):
            return
        only = join.this.alias_or_name if side == "LEFT" else None
        on = join.args.get("on")
        for condition in _conditions(on) if on is not None else ():
            self._take(condition, only)
        for name in join.args.get("using") or ():
            holding = self._scopes.holding(self._scope, name.name)
            for alias in holding:
                self._add_join(alias, name.name, [a for a in holding if a != alias])

    def _take(self, condition: Expr, only: str | None = None) -> None:
        """`only` is the one table whose rows an outer join's condition leaves out."""
        used = False
        for owner, kind, other in self._kinds(condition):
            if only is None or owner.alias == only:
                used = True
                self._add(owner, kind, other)
        if not used:
            for owner in self._owners(condition):
                self._found[owner.alias].whole = False

    def _add(self, owner: Owner, kind: str, other: Owner | None) -> None:
        search = self._found[owner.alias]
        if kind == "joined":
            self._add_join(owner.alias, owner.column, [other.alias] if other else [])
        elif owner.column not in (columns := getattr(search, kind)):
            columns.append(owner.column)
        if kind == "null" and owner.column not in search.equal:
            search.equal.append(owner.column)

    def _add_join(self, alias: str, column: str, partners: list[str]) -> None:
        search = self._found[alias]
        if column not in search.joined:
            search.joined.append(column)
        search.partners += [p for p in partners if p not in search.partners]

    def _kinds(self, condition: Expr) -> Iterator[tuple[Owner, str, Owner | None]]:
        key, this = condition.key, condition.this
        if condition.args.get("negate"):
            return
        if key == "eq":
            yield from self._compared(this, condition.expression)
            yield from self._compared(condition.expression, this)
        elif key in _ORDERED:
            yield from self._ranged(this, condition.expression)
            yield from self._ranged(condition.expression, this)
        elif key == "between":
            yield from self._ranged(this, condition.args["low"], condition.args["high"])
        elif key == "is" and condition.expression.key == "null" and (owner := self._owner(this)):
            yield owner, "null", None
        elif key == "in" and (owner := self._owner(this)):
            yield from self._listed(owner, condition)

    def _compared(self, left: Expr, right: Expr) -> Iterator[tuple[Owner, str, Owner | None]]:
        owner = self._owner(left)
        if owner is None or self._spoils(owner, right):
            return
        if right.key == "column":
            other = self._scopes.owner(right)
            beside = other if other and other.scope is self._scope else None
            if beside is None or beside.alias != owner.alias:
                yield owner, "joined", beside
        elif not self._owners(right):
            yield owner, "listed" if right.key == "any" else "equal", None

    def _ranged(self, left: Expr, *bounds: Expr) -> Iterator[tuple[Owner, str, None]]:
        owner = self._owner(left)
        if owner and not any(self._owners(b) or self._spoils(owner, b) for b in bounds):
            yield owner, "ranged", None

    def _listed(self, owner: Owner, condition: Expr) -> Iterator[tuple[Owner, str, None]]:
        if condition.args.get("query") is not None:
            yield owner, "joined", None
        elif not any(self._owners(value) for value in condition.expressions):
            yield owner, "listed", None

    def _sort(self, node: Expr) -> None:
        """Rows sorted by what no index of one table gives are all read, whatever the LIMIT."""
        order = node.args.get("order")
        if order is None or node.key != "select" or summarises(node):
            return
        shown = {each.alias for each in node.expressions if each.key == "alias"}
        owners = [self._sorted_by(each, shown) for each in order.expressions]
        descending = {bool(each.args.get("desc")) for each in order.expressions}
        aliases = {owner.alias if owner else None for owner in owners}
        for search in self._found.values():
            if len(descending) == 1 and aliases == {search.alias}:
                search.ordered = tuple(owner.column for owner in owners if owner)
            else:
                search.limited = False

    def _sorted_by(self, each: Expr, shown: Collection[str]) -> Owner | None:
        """The column, where it is a bare one, in the usual place for NULLs, and no output alias."""
        usual = bool(each.args.get("nulls_first")) == bool(each.args.get("desc"))
        owner = self._owner(each.this) if usual else None
        hidden = owner and owner.column in shown and not each.this.args.get("table")
        return None if hidden else owner

    def _owner(self, node: Expr) -> Owner | None:
        """The owner of a bare column of this very scope."""
        owner = self._scopes.owner(node) if node.key == "column" else None
        return owner if owner and owner.scope is self._scope else None

    def _owners(self, node: Expr) -> list[Owner]:
        return [owner for inner in node.walk() if (owner := self._owner(inner))]

    def _spoils(self, owner: Owner, value: Expr) -> bool:
        """An integer compared with a fraction is itself converted: no index on it serves."""
        columns = self._catalogue.columns(owner.table)
        to = value.args.get("to") if value.key == "cast" else None
        return (
            to is not None
            and columns[owner.column].type in _WHOLE
            and to.sql().upper().startswith(_FRACTIONS)
        )


def _conditions(node: Expr) -> Iterator[Expr]:
    if node.key == "and":
        yield from _conditions(node.this)
        yield from _conditions(node.expression)
    elif node.key == "paren":
        yield from _conditions(node.this)
    else:
        yield node
