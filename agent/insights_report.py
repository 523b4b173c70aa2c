"""What Performance Insights saw of the statements a report shows, and how well the two join."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from collectors.rds.insights_join import Match, matched
from collectors.rds.top_sql import TopSql
from collectors.snapshot import Activity
from collectors.snapshots.statements import Statement
from exporters.report import Insights, InsightsCost, StatementCost

_Wait = tuple[str, str]


def joined(
    top: Activity[TopSql] | None,
    statements: Sequence[Statement],
    costs: Sequence[StatementCost],
    *,
    own: bool,
) -> tuple[tuple[StatementCost, ...], Insights | None]:
    """The costs, each with what Performance Insights saw of its digest, and how many were found.

    `own`: the statements are the database's own, not those of Performance Insights again.
    """
    if top is None or not top.rows or not top.seconds:
        return tuple(costs), None
    match = matched(top.rows, statements)
    seen = _by_digest(top, match)
    with_seen = tuple(replace(cost, insights=seen.get(cost.digest)) for cost in costs)
    if not own:
        return with_seen, None
    found = sum(bool(p.own) for p in match.pairs)
    return with_seen, Insights(top.seconds, len(match.pairs), found, match.load_ratio)


def _by_digest(top: Activity[TopSql], match: Match) -> dict[str, InsightsCost]:
    """By the digest of the database's own statistics."""
    own = {p.digest: p.own or p.digest for p in match.pairs}
    waits: dict[str, dict[_Wait, float]] = defaultdict(lambda: defaultdict(float))
    for row in top.rows:
        waits[own[row.digest]][row.wait_type, row.wait_event] += row.load_seconds / top.seconds
    return {
        digest: InsightsCost(
            sum(by.values()),
            tuple((*wait, n) for wait, n in sorted(by.items(), key=lambda each: -each[1])),
        )
        for digest, by in waits.items()
    }
