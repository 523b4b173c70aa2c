"""Sessions wait for the definition of a table, most often behind a schema change that waits too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from collectors.mysql.transactions import InnodbTransaction
from collectors.session import Server
from collectors.snapshot import Snapshot
from collectors.snapshots.locks import LockWait
from collectors.snapshots.sessions import SessionSample
from rules.base import MYSQL, Confidence, Finding, Gain, Impact, Remedy, Severity, Subject, rule
from rules.locks.blockers import (
    changes_schema,
    grouped,
    is_metadata,
    longest_wait_seconds,
    pids,
    sessions_wait,
    urgency,
)
from rules.locks.ending_sessions import cancel, end, nobody_waits_for_metadata
from rules.locks.unseen_holders import unseen_holders
from rules.wording import duration

_IDLE_SECONDS = 1.0


@rule(
    title="Sessions queue for a table's metadata lock",
    severity=Severity.CRITICAL,
    confidence=Confidence.VALIDATED,
    engines=MYSQL,
    see=(
        "https://dev.mysql.com/doc/refman/8.4/en/metadata-locking.html",
        "https://mariadb.com/kb/en/metadata-locking/",
    ),
)
def metadata_lock_queue(
    locks: Snapshot[LockWait],
    samples: Snapshot[SessionSample] | None,
    transactions: Snapshot[InnodbTransaction] | None,
    server: Server,
    *,
    tolerated_seconds: float = 5,
) -> Iterator[Finding]:
    """Sessions wait for a metadata lock: a schema change and all who come after it, or a backup.

    Why it matters
        A transaction keeps the definition of every table it touched until it ends. A schema
        change waits for it, and all later statements on the table, even plain reads, wait for
        the schema change: by default for a day (MariaDB) or a year (MySQL).

    What to do
        Cancel the schema change first: the others go on at once and nothing is lost. Then end
        or await the transaction it waited for, and run the change again with a short
        lock_wait_timeout and retries. Where a backup or LOCK TABLES holds the lock, stop that.

    When to ignore
        In a maintenance window in which nobody needs the table. Where the server does not record
        metadata locks, holders are guessed from the open transactions; the finding says so.
    """
    metadata = ((_object(w), w) for w in locks.rows if is_metadata(w))
    for subject, waits in grouped(metadata).items():
        if longest_wait_seconds(waits) > tolerated_seconds:
            yield _finding(subject, waits, server)
    seen = {wait.waiter for wait in locks.rows}
    if samples:
        hidden = replace(samples, rows=tuple(s for s in samples.rows if s.pid not in seen))
        yield from unseen_holders(hidden, transactions, server, tolerated_seconds)


def _object(wait: LockWait) -> Subject:
    return Subject("relation" if "." in wait.object else "server", wait.object, wait.database)


def _finding(subject: Subject, waits: Sequence[LockWait], server: Server) -> Finding:
    changes = [w for w in waits if changes_schema(w.waiter_query)]
    queued = list(dict.fromkeys(w.waiter for w in changes))
    waiters = {w.waiter for w in waits}
    behind = len(waiters) - len(queued)
    longest = longest_wait_seconds(waits)
    holders = list({w.blocker: w for w in waits if w.blocker not in waiters}.values())
    return Finding(
        subject=subject,
        severity=urgency(behind, longest) if behind else Severity.MEDIUM,
        summary=_summary(subject.name, queued, behind, holders, longest),
        evidence={
            "blocked_sessions": len(waiters),
            "longest_wait_seconds": longest,
            "ddl_pids": pids(queued) or None,
            "ddl_query": changes[0].waiter_query if changes else None,
            "lock": (changes or waits)[0].kind,
            "holder_pids": pids(h.blocker for h in holders) or None,
            "holder_state": holders[0].blocker_state if holders else None,
            "holder_transaction_seconds": holders[0].blocker_transaction_seconds
            if holders
            else None,
            "holder_query": holders[0].blocker_query if holders else None,
        },
        impact=Impact(Gain.SESSIONS, max(1, behind)),
        remedy=_remedy(queued, behind, holders, server),
    )


def _summary(
    name: str, queued: Sequence[int], behind: int, holders: Sequence[LockWait], longest: float
) -> str:
    held = ", ".join(_holder(h) for h in holders) or "a session that is gone by now"
    if not queued:
        return f"{sessions_wait(behind)} up to {duration(longest)} for {name}, held by {held}."
    if not behind:
        return (
            f"Pid {pids(queued)} waits {duration(longest)} to change {name}, held by {held}: "
            "every new statement on it will queue."
        )
    return (
        f"Cancel pid {pids(queued)} first: it waits to change {name}, held by {held}, and "
        f"{sessions_wait(behind)} behind it up to {duration(longest)}."
    )


def _holder(wait: LockWait) -> str:
    since = wait.blocker_state_seconds
    for_long = f" for {duration(since)}" if since is not None else ""
    explicit = "explicit lock" in wait.blocker_state
    state = "idle with LOCK TABLES or a read lock" if explicit else wait.blocker_state
    return f"pid {pids([wait.blocker])} ({state}{for_long})"


def _idle(wait: LockWait) -> bool:
    """It runs nothing: inside a transaction, or between LOCK TABLES and UNLOCK TABLES."""
    seconds = wait.blocker_state_seconds
    return wait.blocker_state.startswith("idle") and (seconds is None or seconds >= _IDLE_SECONDS)


def _remedy(
    queued: Sequence[int], behind: int, holders: Sequence[LockWait], server: Server
) -> Remedy:
    idle = [h.blocker for h in holders if _idle(h) and h.blocker]
    busy = [h.blocker for h in holders if not _idle(h) and h.blocker]
    first = f"Cancel pid {pids(queued)}" if queued else ""
    freed = ": the sessions behind it go on at once" if behind and queued else ""
    return Remedy(
        text=" ".join(
            part
            for part in (
                f"{first}{freed}." if queued else "",
                f"End pid {pids(idle)}, which runs nothing{_backup(holders)}." if idle else "",
                f"Let pid {pids(busy)} finish, or stop it if its work can be repeated."
                if busy
                else "",
                "A prepared XA transaction holds it too: XA RECOVER lists it."
                if any(not h.blocker for h in holders)
                else "",
                "Then run the change again with a short lock_wait_timeout, retried until it gets "
                "through."
                if queued
                else "Schema changes and locked backups belong into a quiet hour.",
            )
            if part
        ),
        statements=(
            *(cancel(server, pid) for pid in queued),
            *(end(server, pid) for pid in idle),
            *(f"-- if its work can be repeated: {end(server, pid)}" for pid in busy),
            *_again(queued),
        ),
        risk=(
            ("The schema change has to be run again. " if queued else "")
            + "A session that is ended loses its uncommitted work; undoing it takes about as long "
            "as doing it took."
        ),
        verify=nobody_waits_for_metadata(),
        rollback="None needed: run the schema change again."
        if queued
        else "None possible: the client runs the ended work again.",
    )


def _backup(holders: Sequence[LockWait]) -> str:
    explicit = any("explicit lock" in h.blocker_state for h in holders)
    return ", unless it is a backup that is about to end" if explicit else ""


def _again(queued: Sequence[int]) -> tuple[str, ...]:
    if not queued:
        return ()
    return ("SET SESSION lock_wait_timeout = 2; -- in the session that runs the change again",)
