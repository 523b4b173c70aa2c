"""Asks CloudWatch for what an instance has, and makes rows of what it told."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any, TypeVar

from collectors.fields import names
from collectors.rds.metric_kinds import Kind
from collectors.rds.metric_table import Metric, Table
from collectors.session import AwsSession

Row = TypeVar("Row")

# One GetMetricData takes 500 queries, so that twenty instances share it.
MOST_QUERIES = 25


def asked_of(kind: Kind, table: Table) -> tuple[Metric, ...]:
    """Those the instance has; where they take too many queries, the last of the table go."""
    fitting = [metric for metric in table.metrics if metric.has(kind)]
    queries = list(dict.fromkeys(metric.query(kind) for metric in fitting))[:MOST_QUERIES]
    return tuple(metric for metric in fitting if metric.query(kind) in queries)


def rows_of(aws: AwsSession, row: type[Row], kind: Kind, table: Table) -> tuple[Row, ...]:
    """One row a period in which anything was told, oldest first."""
    asked = {metric: metric.query(kind) for metric in asked_of(kind, table)}
    found = aws.metrics(
        tuple(dict.fromkeys(asked.values())),
        period_seconds=table.period_seconds,
        span_seconds=table.span_seconds,
    )
    told: dict[float, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for metric, query in asked.items():
        for at, value in found.get(query, ()):
            if (read := metric.read(value)) is not None:
                told[at][metric.field].append(read)
    parts = Counter(metric.field for metric in asked)
    made: Any = row
    return tuple(
        made(
            at=at,
            **{n: _whole(told[at].get(n, ()), parts[n]) for n in names(made, "gauge")},
        )
        for at in sorted(told)
    )


def _whole(values: Sequence[float], parts: int) -> float | None:
    """None where a part was not told; rounding may let a difference fall below zero."""
    if not values or len(values) < parts:
        return None
    return values[0] if parts == 1 else max(0.0, sum(values))
