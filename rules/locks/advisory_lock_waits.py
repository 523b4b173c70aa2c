"""Sessions wait for advisory locks that the application takes itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from collectors.session import Server
from collectors.snapshot import Snapshot
from collectors.snapshots.locks import LockWait
from collectors.snapshots.sessions import SessionLoad
from rules.base import Finding, Remedy, Severity, Subject, rule
from rules.locks.blockers import longest_wait_seconds, pids
from rules.sessions.waiting import Waiting, waiting

_LEADER_ELECTION_SECONDS = 600.0


@rule(
    title="Sessions wait for advisory locks",
    severity=Severity.MEDIUM,
    see=("https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS",),
)
def advisory_lock_waits(
    load: SessionLoad,
    locks: Snapshot[LockWait] | None,
    server: Server,
    *,
    tolerated_ratio: float = 0.05,
    tolerated_sessions: float = 0.5,
) -> Iterator[Finding]:
    """A noticeable part of the sessions waits for locks the application made up.

    Why it matters
        Work that was meant to run side by side queues, and each waiter holds a connection. The
        database can't help: it does not know what the lock is for.

    What to do
        Take such a lock as late as possible, with pg_try_advisory_xact_lock and a retry instead
        of waiting, and with a finer key. For job queues use FOR UPDATE SKIP LOCKED.

    When to ignore
        Leader election: spare workers wait for hours on purpose.
    """
    found = waiting(load, "Lock", "advisory")
    if found.exceeds(tolerated_ratio, tolerated_sessions):
        waits = [w for w in locks.rows if w.object == "advisory"] if locks else []
        yield _finding(found, waits, server)


def _finding(found: Waiting, waits: Sequence[LockWait], server: Server) -> Finding:
    longest = longest_wait_seconds(waits)
    return Finding(
        subject=Subject("server", server.name),
        severity=Severity.INFO if longest > _LEADER_ELECTION_SECONDS else None,
        summary=f"{found.words} wait for advisory locks.",
        evidence={
            **found.evidence,
            "longest_wait_seconds": longest if waits else None,
            "holder_pids": pids(dict.fromkeys(w.blocker for w in waits)),
        },
        impact=found.impact,
        remedy=Remedy(
            text=(
                "Take the lock with pg_try_advisory_xact_lock and try again later instead of "
                "waiting, hold it for one short transaction, and make its key finer."
            ),
            risk="Code that must not run twice has to handle not getting the lock.",
            verify="Within an hour of the release Lock:advisory is below 5 % of the active "
            "sessions.",
            rollback="Deploy the previous build.",
        ),
    )
