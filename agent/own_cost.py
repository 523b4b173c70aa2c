"""What watching costs the watched server, and when to ask less often."""

from __future__ import annotations

import time
from collections.abc import Callable

from collectors.snapshot import Activity
from collectors.snapshots.statements import Statement

_MOST_STRETCH = 16.0
# The walk through all databases comes every five minutes: a shorter span is no average.
_LEAST_SECONDS = 300.0


class OwnCost:
    """Held under `budget_ratio` of one core. `stretch` is what intervals are multiplied by.

    Our own statements in the server's statistics are the measure; where they are not to be had,
    the time we waited for answers stands in, which is never less.
    """

    def __init__(self, budget_ratio: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.stretch = 1.0
        self.seconds = 0.0
        self._budget_ratio = budget_ratio
        self._counted = 0.0  # since the last judgement
        self._counts = False
        self._waited = 0.0
        self._last_seconds = 0.0
        self._clock = clock
        self._last_at = clock()
        self._ratio = 0.0

    @property
    def said(self) -> str:
        """For the report: why intervals are stretched; empty while they are not."""
        if self.stretch == 1:
            return ""
        cost = (
            f"dbtriage's own statements took {self._ratio:.2%} of one core of the server"
            if self._counts
            else f"dbtriage waited for answers {self._ratio:.2%} of the time (what the server "
            "spent on them it does not show)"
        )
        return (
            f"{cost}; the budget is {self._budget_ratio:.2%}: intervals are {self.stretch:g} times "
            "as long"
        )

    def counted(self, activity: Activity[Statement]) -> None:
        """Own statements of one round."""
        mine = [s for s in activity.rows if s.own]
        self._counts = self._counts or bool(mine)
        self._counted += sum(s.exec_seconds + (s.plan_seconds or 0.0) for s in mine)

    def judge(self, waited_seconds: float) -> None:
        """`waited_seconds`: all time spent waiting for answers since the start."""
        waited, self._waited = waited_seconds - self._waited, waited_seconds
        self.seconds += self._counted if self._counts else waited
        self._counted = 0.0
        now = self._clock()
        elapsed = now - self._last_at
        if elapsed < _LEAST_SECONDS * min(self.stretch, 4):
            return
        self._ratio = max(self.seconds - self._last_seconds, 0.0) / elapsed
        self._last_seconds, self._last_at = self.seconds, now
        if self._ratio > self._budget_ratio:
            self.stretch = min(self.stretch * 2, _MOST_STRETCH)
        elif self._ratio < self._budget_ratio / 4:
            self.stretch = max(self.stretch / 2, 1.0)
