"""What a SQL connection counts that shows whether a parameter hurts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from collectors.postgres.checkpoints import Checkpoints
from collectors.postgres.databases import Database
from collectors.postgres.wal import Wal
from collectors.snapshot import Snapshot
from collectors.snapshots.sessions import Connections

_LEAST_SECONDS = 3600.0
_IDLE_IN_TRANSACTION = "idle in transaction"


@dataclass(frozen=True, slots=True)
class Counted:
    """None is not counted, or not for an hour yet; rates are averages since statistics began."""

    temp_bytes_per_hour: float | None = None
    deadlocks_per_day: float | None = None
    forced_checkpoints_ratio: float | None = None
    seconds_between_checkpoints: float | None = None
    log_bytes_per_second: float | None = None
    longest_idle_in_transaction_seconds: float | None = None


def counted(
    databases: Snapshot[Database] | None,
    checkpoints: Snapshot[Checkpoints] | None,
    wal: Snapshot[Wal] | None,
    connections: Snapshot[Connections] | None,
) -> Counted:
    """From one look at PostgreSQL: its totals over the time they were counted in."""
    hours, of_databases = _span(databases) / 3600, databases.rows if databases else ()
    seconds, rows = _span(checkpoints), checkpoints.rows if checkpoints else ()
    ended = sum(c.timed + c.requested for c in rows)
    logged = sum(w.bytes for w in wal.rows) if wal else 0
    return Counted(
        temp_bytes_per_hour=sum(d.temp_bytes for d in of_databases) / hours if hours else None,
        deadlocks_per_day=sum(d.deadlocks or 0 for d in of_databases) / hours * 24
        if hours
        else None,
        forced_checkpoints_ratio=sum(c.requested for c in rows) / ended
        if seconds and ended
        else None,
        seconds_between_checkpoints=seconds / ended if seconds and ended else None,
        log_bytes_per_second=logged / _span(wal) if _span(wal) else None,
        longest_idle_in_transaction_seconds=_idle(connections.rows) if connections else None,
    )


def _span(totals: Snapshot[object] | None) -> float:
    """How long was counted; 0 where that is unknown or too short to judge."""
    if totals is None or totals.counting_since is None:
        return 0.0
    seconds = totals.taken_at - totals.counting_since
    return seconds if seconds >= _LEAST_SECONDS else 0.0


def _idle(connections: Iterable[Connections]) -> float:
    return max(
        (
            c.oldest_state_seconds or 0.0
            for c in connections
            if c.state.startswith(_IDLE_IN_TRANSACTION)
        ),
        default=0.0,
    )
