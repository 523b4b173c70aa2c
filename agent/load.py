"""Fold session samples into load: average active sessions by wait and by statement."""

from __future__ import annotations

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
_Seen = Counter[tuple[str, str, str, str]]


@dataclass(slots=True)
class _Slice:
    """The samples from `at` on: how many, and how often each thing was seen in them."""

    at: float
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

    Slices begin as one second; when there are too many, neighbours are joined.
    """

    def __init__(self, window_seconds: float) -> None:
        self._window_seconds = window_seconds
        self._slice_seconds = 1.0
        self._slices: list[_Slice] = []

    def add(self, snapshot: Snapshot[SessionSample]) -> None:
        at = snapshot.taken_at
        new = _Slice(at, at, 1)
        new.seen.update(
            (s.wait_type, s.wait_event, s.digest, s.database)
            for s in snapshot.rows
            if s.state == "active"
        )
        if self._slices and at - self._slices[-1].at < self._slice_seconds:
            self._slices[-1].take(new)
        else:
            self._slices.append(new)
            self._make_room(at)

    def load(self) -> SessionLoad | None:
        """None before the first sample."""
        if not self._slices:
            return None
        whole = _Slice(self._slices[0].at, 0.0)
        for part in self._slices:
            whole.take(part)
        by_wait, by_digest = Counter[tuple[str, str]](), Counter[tuple[str, str, str]]()
        for (wait_type, event, digest, database), count in whole.seen.items():
            by_wait[wait_type, event] += count
            by_digest[digest, database, wait_type] += count
        n = whole.samples
        return SessionLoad(
            seconds=whole.last - whole.at,
            samples=n,
            average_active_sessions=whole.seen.total() / n,
            by_wait=tuple(WaitLoad(*w, count / n) for w, count in by_wait.most_common()),
            by_digest=tuple(DigestLoad(*d, count / n) for d, count in by_digest.most_common()),
            timeline=tuple(part.moment for part in self._slices),
        )

    def _make_room(self, now: float) -> None:
        while self._slices[0].last < now - self._window_seconds:
            self._slices.pop(0)
        if len(self._slices) > _MOST_SLICES:
            for first, second in zip(self._slices[::2], self._slices[1::2], strict=False):
                first.take(second)
            self._slices = self._slices[::2]
            self._slice_seconds *= 2
