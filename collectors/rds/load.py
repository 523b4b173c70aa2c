"""Database load by what sessions wait for and whose they are, from Performance Insights."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
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
from collectors.rds.insights_waits import wait_of
from collectors.rds.needs import Action, Insights
from collectors.session import AwsSession
from collectors.snapshot import Snapshot

Dimension = Literal["total", "wait", "user", "host", "database"]
_Place = tuple[Dimension, str, str]

_TOTAL: Final[_Place] = ("total", "", "")
_SPAN_SECONDS: Final = 15 * MINUTE_SECONDS
# How many of each are asked for: with the totals 25 series, which is one page.
_GROUPS: Final = {"db.wait_event": 10, "db.user": 5, "db.host": 3, "db": 3}
_NAMES: Final[tuple[tuple[Dimension, str], ...]] = (
    ("wait", "db.wait_event.name"),
    ("user", "db.user.name"),
    ("host", "db.host.name"),
    ("host", "db.host.id"),
    ("database", "db.name"),
)


@row(exported=False)
class DatabaseLoad:
    """Average active sessions of one thing, over the last quarter of an hour.

    `dimension` "total" has one row with empty names. A wait's `name` is its event, with its type
    beside it: "CPU" and "" where it waits for nothing, as in session samples. Only the largest of
    a dimension are here, so they need not add up to the total. In a minute that has a total, one
    of its parts without a point did nothing.
    """

    dimension: Dimension = label()
    wait_type: str = label("Empty but for waits.")
    name: str = label()
    sessions: float = gauge("Average active sessions.")
    points: tuple[tuple[float, float], ...] = note("Unix seconds and sessions, oldest first.")


@collector(
    Action("pi:GetResourceMetrics"),
    Action("pi:ListAvailableResourceDimensions"),
    Insights(),
    every=timedelta(minutes=1),
)
def load(aws: AwsSession) -> Snapshot[DatabaseLoad]:
    """Minutes that are not there yet are left out, not taken for zero."""
    offered = aws.keep(Offered).groups(aws)
    end = settled(aws.now())
    queries: list[dict[str, Any]] = [{"Metric": LOAD}]
    queries += [
        {"Metric": LOAD, "GroupBy": {"Group": group, "Limit": limit}}
        for group, limit in _GROUPS.items()
        if group in offered
    ]
    span = Span(end - _SPAN_SECONDS, end)
    pages = ask_pages(aws, "get_resource_metrics", span, MetricQueries=queries)
    series = [each for page in pages for each in page.get("MetricList") or ()]
    return Snapshot(end, tuple(_rows(series)))


def _rows(series: Iterable[Mapping[str, Any]]) -> Iterator[DatabaseLoad]:
    found: dict[_Place, dict[float, float]] = {}
    for each in series:
        place = _place(each["Key"].get("Dimensions") or {})
        # Every grouped query tells the total again: the first one counts.
        if place is None or (place == _TOTAL and place in found):
            continue
        points = found.setdefault(place, {})
        for at, value in _points(each):
            points[at] = points.get(at, 0.0) + value
    minutes = len(found.get(_TOTAL, ()))
    for place, points in found.items():
        if points:
            sessions = sum(points.values()) / max(minutes, len(points))
            yield DatabaseLoad(*place, sessions, tuple(sorted(points.items())))


def _points(series: Mapping[str, Any]) -> Iterator[tuple[float, float]]:
    for point in series.get("DataPoints") or ():
        if (value := number(point.get("Value"))) is not None:
            yield point["Timestamp"].timestamp(), value


def _place(dimensions: Mapping[str, str]) -> _Place | None:
    """Where its points belong; None for what has no name."""
    if not dimensions:
        return _TOTAL
    for dimension, key in _NAMES:
        if name := dimensions.get(key):
            wait = wait_of(dimensions) if dimension == "wait" else None
            return (dimension, wait.type, wait.event) if wait else (dimension, "", name)
    return None
