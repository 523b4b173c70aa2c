"""How Performance Insights is asked: for whole minutes that are there, and for what it offers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from collectors.session import AwsSession, NotOffered, PermissionDenied

LOAD: Final = "db.load.avg"
STATISTICS: Final = "db.sql_tokenized.stats"
MINUTE_SECONDS: Final = 60
HOUR_SECONDS: Final = 3600.0
# AWS promises no delay; what is younger may still be missing.
_LATE_SECONDS = 120.0
_KEPT_SECONDS = 6 * HOUR_SECONDS
_MOST_PAGES = 4
_PAGE_SIZE = 25


@dataclass(frozen=True, slots=True)
class Span:
    """From a whole minute up to another one, which is not part of it; Unix seconds."""

    start: float
    end: float

    @property
    def seconds(self) -> float:
        return self.end - self.start


def settled(now: float) -> float:
    """The end of the newest minute that should be complete."""
    return (now - _LATE_SECONDS) // MINUTE_SECONDS * MINUTE_SECONDS


def moves_on(now: float) -> float:
    """When `settled` will be a minute further than it is now."""
    return settled(now) + _LATE_SECONDS + MINUTE_SECONDS


def ask(
    aws: AwsSession, operation: str, span: Span | None = None, **given: Any
) -> Mapping[str, Any]:
    """One answer about the session's instance."""
    times: dict[str, Any] = (
        {}
        if span is None
        else {
            "StartTime": datetime.fromtimestamp(span.start, UTC),
            "EndTime": datetime.fromtimestamp(span.end, UTC),
            "PeriodInSeconds": MINUTE_SECONDS,
        }
    )
    return aws.call(
        "pi", operation, ServiceType="RDS", Identifier=aws.resource_id, **times, **given
    )


def ask_pages(
    aws: AwsSession, operation: str, span: Span | None = None, **given: Any
) -> Iterator[Mapping[str, Any]]:
    """As many pages as there are, up to a few: boto3 knows no paginator of this service."""
    token: dict[str, str] = {}
    for _ in range(_MOST_PAGES):
        page = ask(aws, operation, span, MaxResults=_PAGE_SIZE, **token, **given)
        yield page
        if not page.get("NextToken"):
            return
        token = {"NextToken": page["NextToken"]}


@dataclass(frozen=True, slots=True)
class DimensionKey:
    """One thing that makes load: average active sessions, and how they divide.

    `parts` need not add up to the whole: the smallest are cut off. `statistics` are rates a
    second by their short names, as calls_per_sec.
    """

    dimensions: Mapping[str, str]
    sessions: float
    parts: tuple[tuple[Mapping[str, str], float], ...]
    statistics: Mapping[str, float]


def dimension_keys(aws: AwsSession, span: Span, **given: Any) -> Iterator[DimensionKey]:
    """What makes most load in this span; the largest come first."""
    partitions: list[Mapping[str, str]] = []
    for page in ask_pages(aws, "describe_dimension_keys", span, Metric=LOAD, **given):
        partitions = [p["Dimensions"] for p in page.get("PartitionKeys") or ()] or partitions
        for key in page.get("Keys") or ():
            sessions = number(key.get("Total"))
            if sessions is not None and sessions > 0:
                parts = zip(partitions, key.get("Partitions") or (), strict=False)
                yield DimensionKey(
                    dimensions=key.get("Dimensions") or {},
                    sessions=sessions,
                    parts=tuple((about, part) for about, value in parts if (part := number(value))),
                    statistics=_statistics(key.get("AdditionalMetrics") or {}),
                )


def number(value: float | None) -> float | None:
    """None for what is no number either: NaN."""
    return None if value is None or not math.isfinite(value) else value


def _statistics(given: Mapping[str, float | None]) -> Mapping[str, float]:
    found = ((_short(name), number(value)) for name, value in given.items())
    return {name: value for name, value in found if value is not None}


def _short(name: str) -> str:
    return name.removeprefix(f"{STATISTICS}.").removesuffix(".avg")


class Offered:
    """What an instance can tell; asked every six hours, for an engine's name does not say it."""

    def __init__(self) -> None:
        self._groups: tuple[float, frozenset[str]] | None = None
        self._statistics: tuple[float, frozenset[str], str] | None = None

    def groups(self, aws: AwsSession) -> frozenset[str]:
        """Names of dimension groups that its load can be broken down by."""
        if self._groups is None or aws.now() - self._groups[0] >= _KEPT_SECONDS:
            pages = ask_pages(aws, "list_available_resource_dimensions", Metrics=["db.load"])
            found = [m for page in pages for m in page.get("MetricDimensions") or ()]
            names = frozenset(g["Group"] for m in found for g in m.get("Groups") or ())
            self._groups = aws.now(), names
        return self._groups[1]

    def statistics(self, aws: AwsSession) -> tuple[frozenset[str], str]:
        """Short names of what is counted for each statement, and why nothing is, if refused.

        A refusal is kept as long as an answer.
        """
        if self._statistics is None or aws.now() - self._statistics[0] >= _KEPT_SECONDS:
            names, refused = frozenset[str](), ""
            try:
                pages = ask_pages(aws, "list_available_resource_metrics", MetricTypes=[STATISTICS])
                listed = [m for page in pages for m in page.get("Metrics") or ()]
                names = frozenset(_short(m["Metric"]) for m in listed)
            except (PermissionDenied, NotOffered) as error:
                refused = str(error)
            self._statistics = aws.now(), names, refused
        return self._statistics[1:]
