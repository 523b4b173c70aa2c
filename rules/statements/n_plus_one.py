"""One lookup for each row of another statement's answer."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from collectors.postgres.databases import Database
from collectors.snapshot import Activity
from collectors.snapshots.statements import Statement
from rules.base import Confidence, Finding, Remedy, Severity, rule
from rules.statements.by_digest import (
    DigestCost,
    by_digest,
    calls_per_transaction,
    transactions_per_second,
)

_LOOKUP = re.compile(r"\s*select\b.*\bwhere\b.*=\s*(\$\d+|\?)", re.IGNORECASE | re.DOTALL)
_QUEUE = re.compile(r"\bskip\s+locked\b|\bfor\s+update\b|\bpg_catalog\b|\bpg_\w+", re.IGNORECASE)
_MANY_PER_SECOND = 200
_LEAST_ROWS_OF_PARENT = 5
_MATCH_TOLERANCE = 0.1


@dataclass(frozen=True, slots=True)
class Sighting:
    """A lookup with what gives it away: a parent, or how often a transaction repeats it."""

    lookup: DigestCost[Statement]
    parent: DigestCost[Statement] | None
    each_transaction: float


@rule(
    title="One lookup is sent for each row of a list",
    severity=Severity.MEDIUM,
    confidence=Confidence.HEURISTIC,
    see=("https://docs.sqlalchemy.org/en/20/orm/queryguide/relationships.html",),
)
def n_plus_one(
    statements: Activity[Statement],
    databases: Activity[Database],
    *,
    least_calls_per_second: float = 20.0,
    least_calls_per_transaction: float = 20.0,
) -> Iterator[Finding]:
    """A lookup of one row is called as often as another statement returns rows.

    Why it matters
        The application fetches a list, then asks for each of its rows alone. Each lookup is
        fast, which hides it: what is slow is the sum of the round trips.

    What to do
        Fetch the related rows with the list (a join or the mapper's eager loading), or all at
        once by an array of keys.

    When to ignore
        Workers that take jobs one by one, and caches that are being warmed. Two statements can
        have matching counts by chance: look at the code before changing it.
    """
    ended = transactions_per_second(databases)
    parents = _parents(statements)
    for cost in by_digest(statements):
        if cost.calls_per_second < least_calls_per_second or not _is_lookup(cost):
            continue
        parent = _parent(cost, parents[cost.total.database])
        each = calls_per_transaction(cost, ended)
        if parent or each >= least_calls_per_transaction:
            yield _finding(Sighting(cost, parent, each))


def _is_lookup(cost: DigestCost[Statement]) -> bool:
    rows, query = cost.total.rows, cost.total.query
    few = rows is not None and rows <= 1.2 * cost.total.calls
    return few and not cost.total.own and bool(_LOOKUP.match(query)) and not _QUEUE.search(query)


def _parents(statements: Activity[Statement]) -> dict[str, list[DigestCost[Statement]]]:
    """Statements that return lists, by database."""
    found = defaultdict(list)
    for cost in by_digest(statements):
        long = cost.per_call(cost.total.rows) >= _LEAST_ROWS_OF_PARENT
        select = cost.total.query.lstrip().lower().startswith("select")
        if long and select and not cost.total.own and not _QUEUE.search(cost.total.query):
            found[cost.total.database].append(cost)
    return found


def _parent(
    lookup: DigestCost[Statement], parents: Sequence[DigestCost[Statement]]
) -> DigestCost[Statement] | None:
    calls = lookup.total.calls
    near = [p for p in parents if abs((p.total.rows or 0) - calls) <= _MATCH_TOLERANCE * calls]
    return min(near, key=lambda p: abs((p.total.rows or 0) - calls), default=None)


def _finding(sighting: Sighting) -> Finding:
    cost, parent = sighting.lookup, sighting.parent
    rate = cost.calls_per_second
    cause = (
        f"as often as statement {parent.total.digest} returns rows ({parent.total.rows:,})"
        if parent
        else f"{sighting.each_transaction:,.0f} times a transaction"
    )
    return Finding(
        subject=cost.subject,
        summary=f"{cost.name} looks up one row {rate:,.0f} times a second, {cause}.",
        evidence=cost.evidence(
            rows_per_call=cost.per_call(cost.total.rows),
            calls_per_transaction=sighting.each_transaction,
            parent_digest=parent.total.digest if parent else None,
            parent_query=parent.total.query if parent else None,
            parent_rows=parent.total.rows if parent else None,
            parent_calls=parent.total.calls if parent else None,
        ),
        impact=cost.gain(0.5),
        severity=Severity.MEDIUM if rate >= _MANY_PER_SECOND else Severity.LOW,
        remedy=Remedy(
            text="Ask for all rows at once: join them in the statement that returns the list, or "
            "look them up with WHERE key = ANY($1) and an array of the keys. It saves about "
            f"{rate:,.0f} round trips a second, which the application waits for; the gain counts "
            "only half of the lookup's own time in the database.",
            risk="A join repeats the parent's columns for each child: for long lists prefer the "
            "array.",
            verify="In the next window calls of the lookup fall to about the calls of the "
            "statement that lists.",
            rollback="Deploy the previous build.",
        ),
    )
