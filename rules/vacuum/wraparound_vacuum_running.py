"""A vacuum that does not give way to locks."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.postgres.vacuum_progress import VacuumProgress
from collectors.snapshot import Snapshot
from collectors.snapshots.locks import LockWait
from rules.base import Confidence, Finding, Gain, Impact, Remedy, Severity, Subject, rule
from rules.wording import duration, share, size

# The modes that VACUUM's own SHARE UPDATE EXCLUSIVE keeps out.
_KEPT_OUT = frozenset(
    {
        "ShareUpdateExclusiveLock",
        "ShareLock",
        "ShareRowExclusiveLock",
        "ExclusiveLock",
        "AccessExclusiveLock",
    }
)


@rule(
    title="A vacuum against wraparound is running",
    severity=Severity.INFO,
    confidence=Confidence.VALIDATED,
    see=("https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-WRAPAROUND",),
)
def wraparound_vacuum_running(
    progress: Snapshot[VacuumProgress],
    locks: Snapshot[LockWait] | None,
    *,
    tolerated_seconds: float = 5,
) -> Iterator[Finding]:
    """Autovacuum freezes a table and, unlike other autovacuums, does not give way to locks.

    Why it matters
        An ALTER TABLE waits until it ends, and every statement on the table queues behind that.

    What to do
        Cancel the waiting DDL and run it later with a lock_timeout. Leave the vacuum alone: it
        starts over when it is cancelled.

    When to ignore
        Nothing waits for it: then this is context only.
    """
    for vacuum in progress.rows:
        if not vacuum.wraparound:
            continue
        waiting = [
            wait
            for wait in (locks.rows if locks else ())
            if (wait.database, wait.object) == (vacuum.database, vacuum.table)
            and wait.kind in _KEPT_OUT
            and wait.waited_seconds > tolerated_seconds
        ]
        yield _finding(vacuum, max(waiting, key=lambda w: w.waited_seconds, default=None))


def _finding(vacuum: VacuumProgress, wait: LockWait | None) -> Finding:
    done = vacuum.scanned_bytes / vacuum.heap_bytes if vacuum.heap_bytes else 0.0
    stuck = (
        f"Cancel session {wait.waiter}: its {wait.kind} on {vacuum.table} waits "
        f"{duration(wait.waited_seconds)} for a vacuum against wraparound, and others queue."
        if wait
        else f"Autovacuum freezes {vacuum.table} ({size(vacuum.heap_bytes)}, {share(done)} done)."
    )
    return Finding(
        subject=Subject("table", vacuum.table, vacuum.database),
        summary=stuck,
        evidence={
            "phase": vacuum.phase,
            "heap_bytes": vacuum.heap_bytes,
            "scanned_ratio": done,
            "running_seconds": vacuum.running_seconds,
            "waited_seconds": wait.waited_seconds if wait else None,
            "lock": wait.kind if wait else None,
            "waiter_query": wait.waiter_query if wait else None,
        },
        severity=Severity.HIGH if wait else None,
        impact=Impact(Gain.SESSIONS, 1) if wait else Impact(),
        remedy=_cancel(wait) if wait else _leave(),
    )


def _cancel(wait: LockWait) -> Remedy:
    return Remedy(
        text=(
            "Cancel the waiting statement, which frees those behind it; run it again with SET "
            "lock_timeout = '2s' when the vacuum has ended. Do not cancel the vacuum."
        ),
        statements=(f"SELECT pg_cancel_backend({wait.waiter});",),
        risk="No lock, milliseconds. The migration fails and must be repeated; nothing else is "
        "lost.",
        verify="Within 10 s nobody waits for a lock on the table.",
        rollback="None needed: run the statement again.",
    )


def _leave() -> Remedy:
    return Remedy(
        text=(
            "Leave it alone: cancelled, it starts over. Hold back DDL on the table until it ends. "
            "To speed up the next ones, raise autovacuum_vacuum_cost_limit."
        ),
        risk="None: nothing is changed.",
        verify="When it ends the table is gone from pg_stat_progress_vacuum.",
        rollback="None needed: nothing is changed.",
    )
