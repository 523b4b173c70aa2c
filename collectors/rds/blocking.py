"""Statements and sessions that others wait for, where Performance Insights tells of locks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Literal

from collectors.base import collector
from collectors.fields import gauge, label, note, row
from collectors.rds.insights import (
    LOAD,
    MINUTE_SECONDS,
    Offered,
    Span,
    ask_pages,
    number,
    settled,
)
from collectors.rds.insights_texts import dialect_of, named, read, was_cut
from collectors.rds.needs import Action, Insights
from collectors.session import AwsSession, NotOffered
from collectors.snapshot import Snapshot
from collectors.sql_text import Dialect

Kind = Literal["statement", "session", "object"]

_SPAN_SECONDS: Final = 5 * MINUTE_SECONDS
_MOST: Final = 7
_GROUPS: Final = ("db.blocking_sql", "db.blocking_session", "db.blocking_object")


@row(exported=False)
class Blocker:
    """Average active sessions that waited for it, over the last five minutes."""

    kind: Kind = label()
    name: str = label("Digest, session id, or the kind and name of what is locked.")
    sessions: float = gauge("Average active sessions that waited.")
    query: str = note("Normalised text without literals; empty but for statements.")


@dataclass(frozen=True, slots=True)
class _Named:
    kind: Kind
    name: str
    query: str = ""


@collector(
    Action("pi:GetResourceMetrics"),
    Action("pi:ListAvailableResourceDimensions"),
    Insights(),
    every=timedelta(minutes=5),
)
def blocking(aws: AwsSession) -> Snapshot[Blocker]:
    """NotOffered where the instance has none of the dimensions db.blocking_*."""
    offered = aws.keep(Offered).groups(aws)
    groups = [group for group in _GROUPS if group in offered]
    if not groups:
        raise NotOffered(
            "Performance Insights tells of locks on Aurora PostgreSQL and RDS for PostgreSQL with "
            "Database Insights Advanced only; this instance has none of its db.blocking dimensions"
        )
    end = settled(aws.now())
    queries = [{"Metric": LOAD, "GroupBy": {"Group": group, "Limit": _MOST}} for group in groups]
    span = Span(end - _SPAN_SECONDS, end)
    pages = ask_pages(aws, "get_resource_metrics", span, MetricQueries=queries)
    series = [each for page in pages for each in page.get("MetricList") or ()]
    return Snapshot(end, tuple(_rows(series, dialect_of(aws))))


def _rows(series: Sequence[Mapping[str, Any]], dialect: Dialect) -> Iterator[Blocker]:
    """A minute without a point is one in which nobody waited for it."""
    sessions: dict[_Named, float] = defaultdict(float)
    for each in series:
        blocker = _named(each["Key"].get("Dimensions") or {}, dialect)
        values = [number(point.get("Value")) for point in each.get("DataPoints") or ()]
        if blocker:
            sessions[blocker] += sum(v for v in values if v) * MINUTE_SECONDS / _SPAN_SECONDS
    for blocker, waited in sessions.items():
        if waited > 0:
            yield Blocker(blocker.kind, blocker.name, waited, blocker.query)


def _named(dimensions: Mapping[str, str], dialect: Dialect) -> _Named | None:
    """None for the totals, which have no dimensions."""
    text = dimensions.get("db.blocking_sql.sql", "")
    id = dimensions.get("db.blocking_sql.id", "")
    if text:
        found = read(text, dialect)
        digest = named(id or found.query) if was_cut(text) else found.digest
        return _Named("statement", digest, found.query)
    if id:
        return _Named("statement", named(id))
    if session := dimensions.get("db.blocking_session.id"):
        return _Named("session", session)
    about = ("db.blocking_object.type", "db.blocking_object.value")
    words = [dimensions[key] for key in about if dimensions.get(key)]
    return _Named("object", " ".join(words)) if words else None
