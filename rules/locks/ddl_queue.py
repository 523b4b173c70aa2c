"""A schema change waits for a lock, and everyone else waits behind it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from collectors.session import Server
from collectors.snapshot import Snapshot
from collectors.snapshots.locks import LockWait
from rules.base import Confidence, Finding, Gain, Impact, Remedy, Severity, Subject, rule
from rules.locks.blockers import Queue, grouped, pids, queues, sessions_wait, sits_idle, urgency
from rules.locks.ending_sessions import cancel, end, nobody_waits
from rules.wording import duration


@rule(
    title="A queued schema change blocks the table",
    severity=Severity.CRITICAL,
    confidence=Confidence.VALIDATED,
    see=("https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-TABLES",),
)
def ddl_queue(
    locks: Snapshot[LockWait], server: Server, *, tolerated_seconds: float = 5
) -> Iterator[Finding]:
    """A statement waits for a strong lock on a table, and later statements queue behind it.

    Why it matters
        Locks are given out in order. A waiting ALTER TABLE stops every new reader of the table,
        though only one old transaction holds it: the outage grows with traffic.

    What to do
        Cancel the schema change first: that frees the readers at once and loses nothing. Then
        end or await the transaction it waited for, and run the change again with a short
        lock timeout and retries.

    When to ignore
        In a maintenance window in which nobody needs the table.
    """
    found = queues(locks.rows, tolerated_seconds)
    by_relation = grouped(((q.ddl.database, q.ddl.object), q) for q in found)
    for (database, relation), group in by_relation.items():
        yield _finding(Subject("relation", relation, database), group, locks, server)


def _finding(
    subject: Subject, group: Sequence[Queue], locks: Snapshot[LockWait], server: Server
) -> Finding:
    queued = [queue.ddl.waiter for queue in group]
    behind = {w.waiter for queue in group for w in queue.behind} - set(queued)
    blocked = max(1, len(behind))
    longest = max(queue.waited_seconds for queue in group)
    ddl = max(group, key=lambda queue: len(queue.behind)).ddl
    holders = tuple(w for w in locks.rows if w.waiter in queued and w.blocker not in queued)
    held_by = pids(dict.fromkeys(w.blocker for w in holders))
    return Finding(
        subject=subject,
        severity=urgency(blocked, longest),
        summary=(
            f"Cancel pid {pids(queued)} first: it waits for {ddl.kind} on {subject.name} behind "
            f"pid {held_by}, and {sessions_wait(blocked)} behind it up to {duration(longest)}."
        ),
        evidence={
            "blocked_sessions": blocked,
            "longest_wait_seconds": longest,
            "ddl_pids": pids(queued),
            "ddl_waited_seconds": ddl.waited_seconds,
            "lock": ddl.kind,
            "query": ddl.waiter_query,
            "holder_pids": held_by,
            "holder_state": ddl.blocker_state,
            "holder_query": ddl.blocker_query,
        },
        impact=Impact(Gain.SESSIONS, blocked),
        remedy=_remedy(queued, [w.blocker for w in holders if sits_idle(w)], server),
    )


def _remedy(queued: Sequence[int], idle: Sequence[int], server: Server) -> Remedy:
    then = "end the idle transaction it waited for" if idle else "let the holder finish"
    return Remedy(
        text=(
            f"Cancel pid {pids(queued)}: the sessions behind it go on at once. Then {then}, and "
            "run the change again with a short lock timeout, retried until it gets through."
        ),
        statements=(
            *(cancel(server, pid) for pid in queued),
            *(end(server, pid) for pid in dict.fromkeys(idle)),
            "SET lock_timeout = '2s'; -- in the session that runs the change again",
        ),
        risk=(
            "No lock, milliseconds. The schema change has to be run again."
            + (" The ended transaction loses its uncommitted work." if idle else "")
        ),
        verify=nobody_waits(server),
        rollback="None needed: run the schema change again.",
    )
