"""Fold session samples into load: average active sessions by wait and by statement."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field

from collectors.snapshot import Snapshot
from collectors.snapshots.sessions import (
    DigestLoad,
    LoadMoment,
    SessionLoad,
    SessionSample,
    WaitLoad,
)

_MOST_SLICES = 120
# Twice the usual interval of samples, so that none stays empty.
_FIRST_SLICE_SECONDS = 2.0
_Seen = Counter[tuple[str, str, str, str]]


@dataclass(slots=True)
class _Slice:
    """The samples from `at` on: how many, and how often each thing was seen in them.

    `first` and `last` are when they were taken.
    """

    at: float
    first: float
    last: float
    samples: int = 0
    seen: _Seen = field(default_factory=Counter)

    def take(self, later: _Slice) -> None:
        self.last = later.last
        self.samples += later.samples
        self.seen.update(later.seen)

    @property
    def moment(self) -> LoadMoment:
        by_type = Counter[str]()
        for (wait_type, *_), count in self.seen.items():
            by_type[wait_type] += count
        waits = tuple((w, n / self.samples) for w, n in by_type.most_common())
        return LoadMoment(self.at, waits)


class LoadWindow:
    """The samples of the last `window_seconds` in at most 120 slices, however long that is.

    Slices begin short; when there are too many, they become twice as long.
    """

    def __init__(self, window_seconds: float) -> None:
        self._window_seconds = window_seconds
        self._slice_seconds = _FIRST_SLICE_SECONDS
        self._slices: list[_Slice] = []

    def add(self, snapshot: Snapshot[SessionSample]) -> None:
        taken = snapshot.taken_at
        new = _Slice(self._start(taken), taken, taken, 1)
        new.seen.update(
            (s.wait_type, s.wait_event, s.digest, s.database)
            for s in snapshot.rows
            if s.state == "active"
        )
        if self._slices and new.at <= self._slices[-1].at:
            self._slices[-1].take(new)
        else:
            self._slices.append(new)
            self._make_room(taken)

    def load(self, last_seconds: float | None = None) -> SessionLoad | None:
        """Of the window, or only of its end; None before the first sample."""
        if not self._slices:
            return None
        since = self._slices[-1].last - (last_seconds or math.inf)
        slices = [part for part in self._slices if part.last > since]
        first = slices[0].first
        whole = _Slice(first, first, first)
        for part in slices:
            whole.take(part)
        by_wait, by_digest = Counter[tuple[str, str]](), Counter[tuple[str, str, str]]()
        for (wait_type, event, digest, database), count in whole.seen.items():
            by_wait[wait_type, event] += count
            by_digest[digest, database, wait_type] += count
        n = whole.samples
        return SessionLoad(
            seconds=whole.last - first,
            samples=n,
            average_active_sessions=whole.seen.total() / n,
            by_wait=tuple(WaitLoad(*w, count / n) for w, count in by_wait.most_common()),
            by_digest=tuple(DigestLoad(*d, count / n) for d, count in by_digest.most_common()),
            timeline=tuple(part.moment for part in slices),
        )

    def _start(self, moment: float) -> float:
        return moment // self._slice_seconds * self._slice_seconds

    def _make_room(self, now: float) -> None:
        while self._slices[0].last < now - self._window_seconds:
            self._slices.pop(0)
        if len(self._slices) > _MOST_SLICES:
            self._slice_seconds *= 2
            joined: list[_Slice] = []
            for part in self._slices:
                part.at = self._start(part.at)
                if joined and joined[-1].at == part.at:
                    joined[-1].take(part)
                else:
                    joined.append(part)
            self._slices = joined
