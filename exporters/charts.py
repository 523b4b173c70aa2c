"""Where the marks of a chart go; the templates draw them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from collectors.snapshots.sessions import LoadMoment, SessionLoad
from exporters.figures import one_line, quantity

WIDTH, HEIGHT = 720, 250
LEFT, RIGHT, TOP, BOTTOM = 34, 6, 12, 24
OTHER = "other"
_SHOWN = 7
_LEVELS = 4
_LABELS = 4
_COLOURS = {"cpu": 0, "io": 1, "lock": 2, "lwlock": 3, "client": 4, "ipc": 5}
_CLOCKS = ((300.0, "%H:%M:%S"), (86400.0, "%H:%M"), (math.inf, "%d %b %H:%M"))


@dataclass(frozen=True, slots=True)
class Series:
    """One wait type: all its bars as one path; `colour` numbers a class of the style sheet."""

    name: str
    colour: int
    sessions: str
    path: str


@dataclass(frozen=True, slots=True)
class Tick:
    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Slice:
    """One moment, to point at: what its bar says, in words."""

    x: float
    words: str


@dataclass(frozen=True, slots=True)
class LoadChart:
    """`cpus_at` is the height at which all processors are busy, None where that is not known."""

    series: tuple[Series, ...]
    levels: tuple[Tick, ...]
    times: tuple[Tick, ...]
    slices: tuple[Slice, ...]
    slice_width: float
    cpus_at: float | None
    words: str


@dataclass(frozen=True, slots=True)
class _Plane:
    """From seconds and sessions to places: `step` sessions a level, `full` at the top."""

    start: float
    seconds: float
    slice_seconds: float
    step: float
    full: float

    @property
    def slice_width(self) -> float:
        return (WIDTH - LEFT - RIGHT) * self.slice_seconds / self.seconds

    def x(self, at: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (at - self.start) / self.seconds

    def y(self, sessions: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * sessions / self.full


def load_chart(load: SessionLoad | None, cpus: int | None) -> LoadChart | None:
    """Average active sessions by wait type over the window; None where nobody was active."""
    moments = load.timeline if load else ()
    names = _stacked(moments)
    if not names:
        return None
    bars = [_bar(moment, names) for moment in moments]
    peak = max(map(sum, bars))
    # A machine far bigger than its load would press the bars flat.
    line = cpus if cpus and cpus <= 2 * peak else None
    plane = _plane(moments, max(peak, line or 0))
    series = tuple(_series(plane, moments, bars, names, place) for place in range(len(names)))
    told = ", ".join(f"{s.name} {s.sessions}" for s in series)
    return LoadChart(
        series,
        tuple(_levels(plane)),
        tuple(_times(plane)),
        tuple(
            Slice(plane.x(m.at), _words(m.at, names, b)) for m, b in zip(moments, bars, strict=True)
        ),
        plane.slice_width,
        plane.y(line) if line else None,
        f"Average active sessions by wait: {told}. At most {quantity(peak)} at once.",
    )


def _stacked(moments: Iterable[LoadMoment]) -> list[str]:
    """The wait types, most waited for first; the rest of many is one."""
    total = Counter[str]()
    for moment in moments:
        total.update({name: int(sessions * 1e6) for name, sessions in moment.by_wait_type})
    names = [name for name, sessions in total.most_common() if sessions > 0]
    return [*names[:_SHOWN], OTHER] if len(names) > _SHOWN + 1 else names


def _bar(moment: LoadMoment, names: Sequence[str]) -> list[float]:
    found = dict.fromkeys(names, 0.0)
    for name, sessions in moment.by_wait_type:
        if name in found or OTHER in found:
            found[name if name in found else OTHER] += sessions
    return list(found.values())


def _plane(moments: Sequence[LoadMoment], highest: float) -> _Plane:
    gaps = [b.at - a.at for a, b in pairwise(moments) if b.at > a.at]
    slice_seconds = min(gaps, default=1.0)
    size = 10 ** math.floor(math.log10(highest / _LEVELS))
    step = next(size * n for n in (1, 2, 5, 10) if size * n * _LEVELS >= highest)
    full = step * math.ceil(highest / step)
    first, last = moments[0].at, moments[-1].at
    return _Plane(first, last - first + slice_seconds, slice_seconds, step, full)


def _series(
    plane: _Plane,
    moments: Sequence[LoadMoment],
    bars: Sequence[Sequence[float]],
    names: Sequence[str],
    place: int,
) -> Series:
    name = names[place]
    path = "".join(
        f"M{plane.x(m.at):.1f} {plane.y(sum(bar[:place])):.1f}h{plane.slice_width * 0.9:.2f}"
        f"V{plane.y(sum(bar[: place + 1])):.1f}h-{plane.slice_width * 0.9:.2f}z"
        for m, bar in zip(moments, bars, strict=True)
        if bar[place] > 0
    )
    mean = sum(bar[place] for bar in bars) / len(bars)
    spare = 6 + place % 2
    return Series(one_line(name, 40), _COLOURS.get(name.lower(), spare), quantity(mean), path)


def _levels(plane: _Plane) -> Iterable[Tick]:
    for n in range(round(plane.full / plane.step) + 1):
        yield Tick(plane.y(n * plane.step), quantity(n * plane.step))


def _times(plane: _Plane) -> Iterable[Tick]:
    for n in range(_LABELS + 1):
        at = plane.start + plane.seconds * n / _LABELS
        yield Tick(plane.x(at), _clock(at, plane.seconds))


def _clock(at: float, span_seconds: float) -> str:
    clock = next(c for limit, c in _CLOCKS if span_seconds < limit)
    return f"{datetime.fromtimestamp(at, UTC):{clock}}"


def _words(at: float, names: Sequence[str], bar: Sequence[float]) -> str:
    told = [f"{one_line(n, 40)} {quantity(s)}" for n, s in zip(names, bar, strict=True) if s > 0]
    return f"{_clock(at, 0)} UTC: {', '.join(told) or 'nobody active'}"
