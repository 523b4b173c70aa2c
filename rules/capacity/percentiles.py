"""Percentiles of a history with holes: what is not known is left out, not taken for zero."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import ceil
from typing import TypeVar

from collectors.rds.usage import UsedHour

T = TypeVar("T")
WEEK_HOURS = 7 * 24


def known(values: Iterable[float | None]) -> list[float]:
    return [v for v in values if v is not None]


def percentile(values: Iterable[float | None], ratio: float) -> float | None:
    """The value that `ratio` of the known values do not exceed; None where none is known."""
    ordered = sorted(known(values))
    if not ordered:
        return None
    # Rounded first: 0.95 * 20 is a little more than 19 in binary.
    return ordered[max(1, ceil(round(ratio * len(ordered), 9))) - 1]


def mean(values: Iterable[float | None]) -> float | None:
    there = known(values)
    return sum(there) / len(there) if there else None


def last_week(hours: Sequence[UsedHour]) -> Sequence[UsedHour]:
    """The newest seven days; rows come oldest first."""
    return hours[-WEEK_HOURS:]
