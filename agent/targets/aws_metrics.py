"""Series of CloudWatch, asked for all targets of an account together."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from collectors.session import MetricQuery, Points

# Of one GetMetricData.
MOST_SERIES = 500
MOST_POINTS = 100_800
Fetch = Callable[[Sequence[MetricQuery]], Mapping[MetricQuery, Points]]


# Of the time between two asks.
_DUE, _SOON = 0.5, 0.9


@dataclass(slots=True)
class _Series:
    asked_at: float
    every_seconds: float = 0.0  # how often it is asked for; 0 until it was asked for twice
    fetched_at: float = -math.inf
    points: Points = ()


class MetricBatch:
    """Whoever asks first of what is due takes what others will want along.

    A series is due when whoever asks for it has not got it for half the time between two asks.
    What would be asked for again in a moment comes along, and nothing earlier, so that each is
    paid for about once a round in whatever order targets ask. `most` series go into one call.
    """

    def __init__(
        self, fetch: Fetch, most: int = MOST_SERIES, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._fetch = fetch
        self._most = most
        self._clock = clock
        self._known: dict[MetricQuery, _Series] = {}
        self._lock = threading.Lock()

    def get(self, queries: Sequence[MetricQuery]) -> Mapping[MetricQuery, Points]:
        with self._lock:
            now = self._clock()
            self._ask(queries, now)
            if due := [q for q in queries if _age(self._known[q], now) >= _DUE]:
                wanted = dict.fromkeys([*due, *self._others(now)])
                self._take(list(wanted), now)
            return {q: self._known[q].points for q in queries}

    def _ask(self, queries: Sequence[MetricQuery], now: float) -> None:
        for query in queries:
            if series := self._known.get(query):
                series.every_seconds = now - series.asked_at
                series.asked_at = now
            else:
                self._known[query] = _Series(now)

    def _others(self, now: float) -> list[MetricQuery]:
        """What others asked for more than once; those who ask no more are forgotten."""
        gone = [
            q
            for q, s in self._known.items()
            if s.every_seconds and now - s.asked_at > 4 * s.every_seconds
        ]
        for query in gone:
            del self._known[query]
        return [q for q, s in self._known.items() if s.every_seconds and _age(s, now) >= _SOON]

    def _take(self, wanted: list[MetricQuery], now: float) -> None:
        for start in range(0, len(wanted), self._most):
            part = wanted[start : start + self._most]
            found = self._fetch(part)
            for query in part:
                if series := self._known.get(query):
                    series.points, series.fetched_at = found.get(query, ()), now


def _age(series: _Series, now: float) -> float:
    """How long ago it was fetched, in times between two asks."""
    if series.fetched_at == -math.inf or not series.every_seconds:
        return math.inf
    return (now - series.fetched_at) / series.every_seconds
