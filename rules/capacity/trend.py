"""Where a series goes: a straight line through it, and when that line reaches a level."""

from __future__ import annotations

from dataclasses import dataclass

from collectors.session import Points

_LEAST_POINTS = 5
_STEADY_RATIO = 0.8
# What was seen for an hour says nothing of next month.
_REACH = 16


@dataclass(frozen=True, slots=True)
class Line:
    """Of least squares. `steady_ratio`: how much of the ups and downs it explains (r squared)."""

    per_second: float
    steady_ratio: float


def line(series: Points) -> Line | None:
    """None for fewer than five points, or where no time passed between them."""
    if len(series) < _LEAST_POINTS:
        return None
    at = sum(moment for moment, _ in series) / len(series)
    level = sum(value for _, value in series) / len(series)
    time = sum((moment - at) ** 2 for moment, _ in series)
    spread = sum((value - level) ** 2 for _, value in series)
    if not time:
        return None
    shared = sum((moment - at) * (value - level) for moment, value in series)
    return Line(shared / time, shared**2 / (time * spread) if spread else 0.0)


def seconds_until(series: Points, level: float) -> float | None:
    """How long a series that falls to `level` takes from its last value; 0 where it is there.

    None where it does not fall, goes up and down too much to tell, or where that is farther away
    than sixteen times the time that was looked at. To see a rise, give it with its sign turned.
    """
    fit = line(series)
    if fit is None:
        return None
    left = series[-1][1] - level
    if left <= 0:
        return 0.0
    if fit.per_second >= 0 or fit.steady_ratio < _STEADY_RATIO:
        return None
    seconds = left / -fit.per_second
    return seconds if seconds <= _REACH * (series[-1][0] - series[0][0]) else None


def within(series: Points, seconds: float) -> Points:
    """The part of the series that is at most so much older than its last value."""
    return tuple((at, value) for at, value in series if at >= series[-1][0] - seconds)
