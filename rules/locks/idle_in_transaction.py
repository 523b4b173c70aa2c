"""A session left its transaction open and went away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from collectors.session import Server
from collectors.snapshot import Snapshot
from collectors.snapshots.locks import LockWait
from collectors.snapshots.sessions import SessionSample
from rules.base import SQL, Confidence, Finding, Gain, Impact, Remedy, Severity, Subject, rule
from rules.locks.blockers import counted, grouped, pids, who
from rules.locks.ending_sessions import (
    end,
    idle_limit_words,
    limit_idle_transactions,
    roll_back_risk,
    unlimit_idle_transactions,
)
from rules.wording import duration


@rule(
    title="A transaction is open and idle",
    severity=Severity.MEDIUM,
    confidence=Confidence.VALIDATED,
    engines=SQL,
    see=(
        "https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-IDLE-IN-TRANSACTION-SESSION-TIMEOUT",
        "https://dev.mysql.com/doc/refman/8.4/en/innodb-autocommit-commit-rollback.html",
        "https://mariadb.com/kb/en/transaction-timeouts/",
    ),
)
def idle_in_transaction(
    samples: Snapshot[SessionSample],
    locks: Snapshot[LockWait] | None,
    server: Server,
    *,
    tolerated_seconds: float = 60,
    urgent_seconds: float = 300,
) -> Iterator[Finding]:
    """A transaction is open, runs nothing, and blocks nobody yet.

    Why it matters
        It keeps its locks, so the next schema change or conflicting update waits for it. Where
        it holds a snapshot, dead rows of the whole server pile up until it ends.

    What to do
        Have the server end such sessions after a minute. Find where the application begins a
        transaction and does not end it: a forgotten commit, autocommit off, a pool that hands
        back connections without a rollback.

    When to ignore
        A person at a prompt, on a server without load. One that blocks others is told by
        idle-blocker instead.
    """
    blockers = {wait.blocker for wait in locks.rows} if locks else set()
    for subject, group in grouped(_idle(samples, blockers)).items():
        longest = max(idle_seconds for idle_seconds, _ in group)
        holding = [sample for _, sample in group if sample.holds_horizon]
        if longest > (tolerated_seconds if holding else urgent_seconds):
            usual = Severity.MEDIUM if holding else Severity.LOW
            severity = Severity.HIGH if holding and longest > urgent_seconds else usual
            yield _finding(subject, sorted(group, key=_longest_first), severity, server)


def _idle(
    samples: Snapshot[SessionSample], blockers: set[int]
) -> Iterator[tuple[Subject, tuple[float, SessionSample]]]:
    for sample in samples.rows:
        idle = sample.state.startswith("idle in transaction")
        if idle and sample.state_seconds is not None and sample.pid not in blockers:
            subject = who(sample.user, sample.application, sample.database)
            yield subject, (sample.state_seconds, sample)


def _longest_first(idle: tuple[float, SessionSample]) -> float:
    return -idle[0]


def _finding(
    subject: Subject,
    group: Sequence[tuple[float, SessionSample]],
    severity: Severity,
    server: Server,
) -> Finding:
    idle_seconds, oldest = group[0]
    holds = any(sample.holds_horizon for _, sample in group)
    dead = "dead rows from being removed"
    old = dead if server.engine == "postgres" else "old row versions from being purged"
    keeps = f"locks, and {old}" if holds else "locks"
    return Finding(
        subject=subject,
        severity=severity,
        summary=(
            f"{counted(len(group), 'session')} of {subject.name} (pid {oldest.pid}) "
            f"{'sits' if len(group) == 1 else 'sit'} idle in a transaction for up to "
            f"{duration(idle_seconds)}, keeping {keeps}."
        ),
        evidence={
            "sessions": len(group),
            "idle_seconds": idle_seconds,
            "transaction_seconds": oldest.transaction_seconds,
            "holds_horizon": holds,
            "pids": pids(sample.pid for _, sample in group[:10]),
            "query": oldest.query,
        },
        impact=Impact(Gain.SESSIONS, len(group)),
        remedy=_remedy(oldest, server),
    )


def _remedy(oldest: SessionSample, server: Server) -> Remedy:
    if server.engine != "postgres":
        return _mysql_remedy(oldest, server)
    return Remedy(
        text=(
            "Have the server end transactions of this role that idle for a minute, and find the "
            "code that leaves them open. End the oldest now if its client is gone."
        ),
        statements=(end(server, oldest.pid), *limit_idle_transactions(server, oldest.user)),
        risk=(
            "No lock, milliseconds. An ended transaction loses its uncommitted work. The limit "
            "reaches new sessions of the role only, and its clients must survive a lost "
            "connection."
        ),
        verify="After reconnects, no session of this role idles in a transaction over a minute.",
        rollback=unlimit_idle_transactions(server, oldest.user)
        or "None possible: the client runs an ended transaction again.",
    )


def _mysql_remedy(oldest: SessionSample, server: Server) -> Remedy:
    limit = limit_idle_transactions(server, oldest.user)
    return Remedy(
        text=f"End the oldest now if its client is gone. {idle_limit_words(server)}",
        statements=(end(server, oldest.pid), *limit),
        risk=roll_back_risk(server)
        + (
            " The limit reaches all new sessions, and their clients must survive a lost connection."
            if limit
            else ""
        ),
        verify=f"Within an hour no session of {oldest.user or 'this account'} idles in a "
        "transaction for over a minute.",
        rollback=unlimit_idle_transactions(server, oldest.user)
        or "None possible: the client runs an ended transaction again.",
    )
