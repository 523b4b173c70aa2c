"""Since when sessions wait for metadata locks, which the server does not tell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from collectors.mysql.sessions import OpenSession


class WaitClock:
    """No wait is older than its statement, nor than the last look at which it was not there.

    An ALTER that copied for an hour and now waits for its last lock has not waited an hour.
    """

    def __init__(self) -> None:
        self._since: dict[int, float] = {}
        self._looked_at = float("-inf")

    def nobody(self, now: float) -> None:
        self.waited(now, ())

    def waited(self, now: float, waiting: Iterable[OpenSession]) -> Mapping[int, float]:
        """Seconds by connection id, for all that wait now."""
        since = {
            each.pid: max(
                now - (each.statement_seconds or 0.0),
                self._since.get(each.pid, self._looked_at),
            )
            for each in waiting
        }
        self._since, self._looked_at = since, now
        return {pid: max(0.0, now - at) for pid, at in since.items()}
