"""Fold session samples into load: average active sessions by wait and by statement."""

from __future__ import annotations

from collections import Counter, deque

from collectors.snapshot import Snapshot
from collectors.snapshots.sessions import (
    DigestLoad,
    LoadMoment,
    SessionLoad,
    SessionSample,
    WaitLoad,
)

_SLICES = 60
_Seen = Counter[tuple[str, str, str, str]]


class LoadWindow:
    """The samples of the last `window_seconds`, kept as counts in slices of the window."""

    def __init__(self, window_seconds: float) -> None:
        self._slice_seconds = max(window_seconds / _SLICES, 1.0)
        self._slices: deque[tuple[float, list[int], _Seen]] = deque(maxlen=_SLICES)

    def add(self, snapshot: Snapshot[SessionSample]) -> None:
        at = snapshot.taken_at // self._slice_seconds * self._slice_seconds
        if not self._slices or self._slices[-1][0] != at:
            self._slices.append((at, [0], Counter()))
        _, samples, seen = self._slices[-1]
        samples[0] += 1
        seen.update(
            (s.wait_type, s.wait_event, s.digest, s.database)
            for s in snapshot.rows
            if s.state == "active"
        )

    def load(self) -> SessionLoad | None:
        """None before the first sample."""
        samples = sum(count for _, (count,), _ in self._slices)
        if not samples:
            return None
        total: _Seen = Counter()
        for _, _, seen in self._slices:
            total.update(seen)
        by_wait, by_digest = Counter[tuple[str, str]](), Counter[tuple[str, str, str]]()
        for (wait_type, event, digest, database), count in total.items():
            by_wait[wait_type, event] += count
            by_digest[digest, database, wait_type] += count
        return SessionLoad(
            seconds=self._slices[-1][0] - self._slices[0][0] + self._slice_seconds,
            samples=samples,
            average_active_sessions=total.total() / samples,
            by_wait=tuple(WaitLoad(*w, n / samples) for w, n in by_wait.most_common()),
            by_digest=tuple(DigestLoad(*d, n / samples) for d, n in by_digest.most_common()),
            timeline=tuple(_moment(at, count, seen) for at, (count,), seen in self._slices),
        )


def _moment(at: float, samples: int, seen: _Seen) -> LoadMoment:
    by_type = Counter[str]()
    for (wait_type, *_), count in seen.items():
        by_type[wait_type] += count
    return LoadMoment(at, tuple((w, n / samples) for w, n in by_type.most_common()))
