"""How much of the load waits for one thing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from collectors.snapshots.sessions import SessionLoad
from rules.base import Gain, Impact, Value
from rules.wording import share

_FEWEST_SAMPLES = 5


@dataclass(frozen=True, slots=True)
class Waiting:
    """Average sessions that wait for it, and their share of all active sessions."""

    sessions: float
    share_ratio: float
    digest: str

    def exceeds(self, ratio: float, sessions: float) -> bool:
        return self.share_ratio >= ratio and self.sessions >= sessions

    @property
    def words(self) -> str:
        """How a sentence begins that says who waits."""
        return f"{self.sessions:.2g} sessions on average ({share(self.share_ratio)} of the load)"

    @property
    def evidence(self) -> Mapping[str, Value]:
        return {
            "waiting_sessions": self.sessions,
            "share_ratio": self.share_ratio,
            "digest": self.digest or None,
        }

    @property
    def impact(self) -> Impact:
        """The time that is spent waiting."""
        return Impact(Gain.TIME, self.sessions * 3600)


def waiting(load: SessionLoad, wait_type: str, *events: str) -> Waiting:
    """Waits of this type whose event begins so, in either case: 17 respelled WALSync to WalSync.

    `digest` is the statement that waits most for anything of this type. Fewer samples than a
    handful prove nothing: then nobody waits.
    """
    if load.samples < _FEWEST_SAMPLES or load.average_active_sessions <= 0:
        return Waiting(0.0, 0.0, "")
    begins = tuple(event.lower() for event in events)
    sessions = sum(
        w.sessions
        for w in load.by_wait
        if w.wait_type == wait_type and w.wait_event.lower().startswith(begins)
    )
    return Waiting(sessions, sessions / load.average_active_sessions, _busiest(load, wait_type))


def _busiest(load: SessionLoad, wait_type: str) -> str:
    of_type = [d for d in load.by_digest if d.wait_type == wait_type and d.digest]
    return max(of_type, key=lambda d: d.sessions).digest if of_type else ""
