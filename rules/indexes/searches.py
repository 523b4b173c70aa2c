"""What a statement looks for in each table: the columns it filters, joins and sorts by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from collectors.postgres.postgres_table import PostgresTable
from collectors.snapshots.statements import Statement
from collectors.sql_parse import parse
from rules.indexes.catalogue import Catalogue
from rules.indexes.conditions import Conditions, Search, summarises
from rules.indexes.scopes import Scopes

if TYPE_CHECKING:
    from sqlglot.expressions import Expr


@dataclass(frozen=True, slots=True)
class Reading:
    """All searches of a statement, by scope and alias.

    `plain`: each row that matches is returned. `written` are the columns an UPDATE sets.
    `countable` is a SELECT of the same rows for an UPDATE or DELETE, which a role that may only
    read can plan; the statement itself otherwise.
    """

    searches: tuple[Search, ...]
    plain: bool
    countable: str
    changed: PostgresTable | None = None
    written: frozenset[str] = frozenset()


def read(statement: Statement, catalogue: Catalogue) -> Reading | None:
    """None for what is no query, or not one that is understood."""
    tree = parse(statement.query)
    if tree is None or tree.key == "merge":
        return None

    def find(schema: str, name: str) -> PostgresTable | None:
        return catalogue.find(statement.database, schema, name, statement.user)

    scopes = Scopes(tree, find, catalogue.columns)
    searches = [s for scope in scopes for s in Conditions(scopes, scope, catalogue).searches()]
    changed, written = _written(tree, scopes)
    return Reading(
        tuple(searches),
        plain=tree.key == "select" and len(searches) == 1 and not summarises(tree) and _all(tree),
        countable=_countable(tree, statement.query),
        changed=changed,
        written=written,
    )


def _all(tree: Expr) -> bool:
    return not any(tree.args.get(name) for name in ("limit", "offset"))


def _countable(tree: Expr, query: str) -> str:
    changes_one = tree.key in ("update", "delete") and not tree.args.get("with_")
    where = tree.args.get("where")
    if not changes_one or where is None or tree.args.get("from_") or tree.args.get("using"):
        return query
    return f"SELECT FROM {tree.this.sql('postgres')} {where.sql('postgres')}"


def _written(tree: Expr, scopes: Scopes) -> tuple[PostgresTable | None, frozenset[str]]:
    """The table and the columns that an UPDATE sets."""
    if tree.key != "update":
        return None, frozenset()
    (scope,) = (s for s in scopes if s.node is tree)
    sets = (e.this.name for e in tree.expressions if e.key == "eq" and e.this.key == "column")
    return next(iter(scope.sources.values()), None), frozenset(sets)
