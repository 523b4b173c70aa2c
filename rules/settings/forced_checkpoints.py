"""Checkpoints that are forced by the volume of the log."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from collectors.postgres.checkpoints import Checkpoints
from collectors.postgres.wal import Wal
from collectors.session import Server
from collectors.snapshot import Activity, Snapshot
from collectors.snapshots.settings import Setting
from rules.base import Finding, Remedy, Severity, Subject, rule
from rules.settings.values import MB, number
from rules.wording import duration, reset_parameter, set_parameter, size

_FULL_RATIO = 0.3  # of max_wal_size; a checkpoint starts at about half of it
_LEAST_FORCED = 3
_LEAST_RATIO = 0.3


@dataclass(frozen=True, slots=True)
class Seen:
    """`logged_bytes` is the log between two checkpoints."""

    checkpoints: Checkpoints
    between_seconds: float
    logged_bytes: float | None


@rule(
    title="The log forces checkpoints",
    severity=Severity.MEDIUM,
    see=("https://www.postgresql.org/docs/current/wal-configuration.html",),
)
def forced_checkpoints(
    checkpoints: Activity[Checkpoints],
    wal: Activity[Wal] | None,
    settings: Snapshot[Setting],
    server: Server,
    *,
    tolerated_seconds_between: float = 300.0,
) -> Iterator[Finding]:
    """So much log is written that max_wal_size, not the clock, decides when to checkpoint.

    Why it matters
        After each checkpoint every page is logged whole at its first change. Frequent ones
        write the same pages again and again and make more log, which forces the next one.

    What to do
        Raise max_wal_size until the clock decides, with room for three times the log of one
        checkpoint_timeout; make checkpoint_timeout 15 minutes.

    When to ignore
        During a bulk load or a restore. Checkpoints that a command, a backup or CREATE DATABASE
        asked for: they come with little log and are not counted. Aurora has no checkpoints.
    """
    limit = number(settings, "max_wal_size")
    if server.platform == "aurora" or limit is None:
        return
    for row in checkpoints.rows:
        ended = row.timed + row.requested
        if row.requested < max(_LEAST_FORCED, _LEAST_RATIO * ended):
            continue
        seen = Seen(row, checkpoints.seconds / ended, _logged(wal, checkpoints.seconds / ended))
        full = seen.logged_bytes is None or seen.logged_bytes >= _FULL_RATIO * limit
        if seen.between_seconds < tolerated_seconds_between and full:
            yield _finding(seen, limit, server)


def _logged(wal: Activity[Wal] | None, between: float) -> float | None:
    """Log between two checkpoints; None where it is not counted (PostgreSQL 13)."""
    if wal is None or not wal.seconds:
        return None
    return sum(w.bytes for w in wal.rows) / wal.seconds * between


def _finding(seen: Seen, limit: float, server: Server) -> Finding:
    row = seen.checkpoints
    return Finding(
        subject=Subject("setting", "max_wal_size"),
        summary=f"{row.requested:,} of {row.requested + row.timed:,} checkpoints were forced, one "
        f"every {duration(seen.between_seconds)}, at max_wal_size = {size(limit)}.",
        evidence={
            "forced_checkpoints": row.requested,
            "timed_checkpoints": row.timed,
            "between_checkpoints_seconds": seen.between_seconds,
            "wal_bytes_per_checkpoint": seen.logged_bytes,
            "max_wal_size_bytes": limit,
            "checkpoint_write_seconds": row.write_seconds,
        },
        remedy=_remedy(seen, limit, server),
    )


def _remedy(seen: Seen, limit: float, server: Server) -> Remedy:
    # Three times the log of fifteen minutes at the present rate, at most doubled five times.
    rate = (seen.logged_bytes or limit / 2) / seen.between_seconds
    wanted = round(min(max(2 * limit, 3 * 900 * rate), 32 * limit) / MB)
    return Remedy(
        text=f"Raise max_wal_size from {size(limit)} to {size(wanted * MB)}: room for the log of "
        "fifteen minutes at this rate, at most 32 times the present value. Full page images get "
        "fewer, and with them the log.",
        statements=(
            *set_parameter(server, "max_wal_size", str(wanted))[:1],
            *set_parameter(server, "checkpoint_timeout", "900"),
        ),
        risk=f"No lock, no restart. Up to {size(wanted * MB)} of disk for the log; recovery after "
        "a crash replays more, up to minutes.",
        verify="Checkpoints of the next hour are timed: num_requested stands still in "
        "pg_stat_checkpointer (before 17: checkpoints_req in pg_stat_bgwriter).",
        rollback=reset_parameter(server, "max_wal_size", f"{limit / MB:.0f}"),
    )
