"""Which digests the next look at statements must read, and since when all of them count."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from collectors.mysql.statement_counters import Counted
from collectors.session import Server

# LAST_SEEN is cut to whole seconds by some servers, and our idea of their clock is not perfect.
MARGIN_SECONDS: Final = 5.0
# What left the server is noticed, and a server whose clock was set back is seen again.
WHOLE_SECONDS: Final = 600.0
# MariaDB 11.8 has no FROM_UNIXTIME(0).
_EVER: Final = 1.0


class StatementRounds:
    """Only what ran since the last look is read, all of it from time to time."""

    def __init__(self) -> None:
        self._process: tuple[str | None, float | None] = (None, None)
        self.last_at = 0.0
        self.whole_at = 0.0
        self.whole = True
        self._began: float | None = None
        self._lost = 0

    def since(self, now: float, server: Server) -> float:
        """Digests that ran since this moment are to be read; all of them if it is `whole`."""
        known = self._process == (server.instance, server.started_at)
        self.whole = not known or not 0 <= now - self.whole_at < WHOLE_SECONDS
        return _EVER if self.whole else self.last_at - MARGIN_SECONDS

    def gaps(self, counted: Iterable[Counted]) -> Iterable[str]:
        found = [each.numbers[0] for each in counted if not each.digest]
        self._lost = sum(found) if found or self.whole else self._lost
        if self._lost:
            yield (
                f"{self._lost:,} executions found no room in performance_schema and are counted "
                "under no statement; raise performance_schema_digests_size, then restart the server"
            )

    def ended(self, now: float, server: Server, counted: Sequence[Counted]) -> float | None:
        """The look was a success; answers when the totals of all digests began.

        That is where the earliest digest was first seen: nothing was counted before it. The
        server never gives up a digest to make room for another, so the earliest stays the
        earliest until the table is truncated, and the TRUNCATE itself is then the first one.
        """
        self.last_at = now
        if self.whole:
            self._process, self.whole_at = (server.instance, server.started_at), now
            earliest = min((each.first_seen for each in counted), default=None)
            starts = [float(at) for at in (earliest, server.started_at) if at is not None]
            self._began = max(starts, default=None)
        return self._began
