"""Weekly and daily windows of RDS, and the load of the hours they touch."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import mean, median, quantiles

from collectors.rds.usage import UsedHour

WEEK, DAY, HOUR = 7 * 24 * 60, 24 * 60, 60
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME = re.compile(r"(?:([a-z]{3}):)?(\d\d):(\d\d)-(?:([a-z]{3}):)?(\d\d):(\d\d)")
_KNOWN_SHARE = 0.8


@dataclass(frozen=True, slots=True)
class Load:
    """What the hours of two weeks carried: (minute of the week the hour begins at, load)."""

    unit: str
    hours: tuple[tuple[int, float], ...]

    @property
    def top_decile(self) -> float:
        return quantiles((load for _, load in self.hours), n=10)[-1]

    @property
    def usual(self) -> float:
        return median(load for _, load in self.hours)

    def during(self, minutes: Iterable[tuple[int, int]]) -> float | None:
        """Average of the hours that the spans of minutes of the week touch."""
        spans = tuple(minutes)
        touched = [load for at, load in self.hours if any(_touch(at, span) for span in spans)]
        return mean(touched) if touched else None


def load_of(hours: Sequence[UsedHour]) -> Load | None:
    """By average active sessions, by CPU where these are mostly unknown; else None."""
    for unit, read in (("sessions", _sessions), ("cpu_ratio", _cpu)):
        known = [(_of_week(hour.at), load) for hour in hours if (load := read(hour)) is not None]
        if known and len(known) >= _KNOWN_SHARE * len(hours):
            return Load(unit, tuple(known))
    return None


def spans(window: str) -> tuple[tuple[int, int], ...]:
    """Minutes of the week from Monday, UTC: one span of a weekly window, seven of a daily one.

    The end may lie beyond the week. Nothing of text that is no window.
    """
    found = _TIME.fullmatch(window)
    if found is None:
        return ()
    day, hour, minute, last_day, last_hour, last_minute = found.groups()
    start, end = int(hour) * 60 + int(minute), int(last_hour) * 60 + int(last_minute)
    if day is None or last_day is None:
        length = (end - start) % DAY
        return tuple((n * DAY + start, n * DAY + start + length) for n in range(7))
    start += DAYS.index(day) * DAY
    return ((start, start + (end + DAYS.index(last_day) * DAY - start) % WEEK),)


def quietest(load: Load, taken: str, *, weekly: bool) -> str:
    """Half an hour at the start of the quietest hour that the window `taken` does not touch."""
    step = WEEK if weekly else DAY
    starts = [at for at in range(0, step, HOUR) if not _clash(at, spans(taken), weekly=weekly)]

    def busy(at: int) -> tuple[float, int]:
        return load.during(_half_hour(at, weekly=weekly)) or 0.0, at

    at = min(starts, key=busy)
    hour = at % DAY // 60
    if not weekly:
        return f"{hour:02}:00-{hour:02}:30"
    day = DAYS[at // DAY]
    return f"{day}:{hour:02}:00-{day}:{hour:02}:30"


def _half_hour(at: int, *, weekly: bool) -> tuple[tuple[int, int], ...]:
    days = 1 if weekly else 7
    return tuple((at + n * DAY, at + n * DAY + 30) for n in range(days))


def _clash(at: int, taken: Iterable[tuple[int, int]], *, weekly: bool) -> bool:
    """An hour of room is kept around the other window."""
    mine = _half_hour(at, weekly=weekly)
    return any(_touch(start - start % HOUR, span) for start, _ in mine for span in taken)


def _touch(hour: int, span: tuple[int, int]) -> bool:
    """Whether the hour that begins at this minute of the week shares a minute with the span."""
    start, end = span
    return any(start < hour + shift + HOUR and hour + shift < end for shift in (-WEEK, 0, WEEK))


def _of_week(at: float) -> int:
    moment = datetime.fromtimestamp(at, UTC)
    return moment.weekday() * DAY + moment.hour * 60


def _sessions(hour: UsedHour) -> float | None:
    return hour.load_sessions


def _cpu(hour: UsedHour) -> float | None:
    return hour.cpu_ratio
