"""A working session makes others wait for its locks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from collectors.session import Server
from collectors.snapshot import Snapshot
from collectors.snapshots.locks import BlockingTree, LockWait
from rules.base import SQL, Confidence, Finding, Gain, Impact, Remedy, Severity, Subject, rule
from rules.locks.blockers import (
    NAMED_LOCKS,
    about_metadata,
    blocker_of,
    grouped,
    longest_wait_seconds,
    pids,
    queues,
    sessions_wait,
    sits_idle,
    trees_of,
)
from rules.locks.ending_sessions import (
    nobody_waits,
    roll_back,
    roll_back_risk,
    undo_size,
    when_free,
)
from rules.wording import duration

_QUEUED_SECONDS = 5.0
_OUTAGE_SESSIONS = 10


@rule(
    title="A busy transaction blocks others",
    severity=Severity.HIGH,
    confidence=Confidence.VALIDATED,
    engines=SQL,
    see=(
        "https://www.postgresql.org/docs/current/explicit-locking.html",
        "https://dev.mysql.com/doc/refman/8.4/en/innodb-locks-set.html",
        "https://mariadb.com/kb/en/innodb-lock-modes/",
    ),
)
def blocking_chain(
    locks: Snapshot[LockWait],
    server: Server,
    *,
    tolerated_seconds: float = 5,
    single_waiter_seconds: float = 30,
) -> Iterator[Finding]:
    """A session at work holds locks that others wait for.

    Why it matters
        Everybody behind the root waits as long as its transaction lasts, and each waiter may
        hold locks that make more sessions wait.

    What to do
        Look at the root only: it is the one whose end frees all. If its work may be repeated,
        stop it; else wait. Then make the transaction shorter: smaller batches, the contended
        update last, no remote call in between. Never end the waiters.

    When to ignore
        A known migration or batch in its window. An idle root, a queued schema change, a
        prepared transaction and advisory locks have rules of their own.
    """
    told = (
        (blocker_of(tree), tree)
        for tree in trees_of(locks.rows)
        if not _told_elsewhere(tree)
        and longest_wait_seconds(tree.edges)
        > (tolerated_seconds if tree.blocked_sessions > 1 else single_waiter_seconds)
    )
    for subject, group in grouped(told).items():
        yield _finding(subject, group, server)


def _told_elsewhere(tree: BlockingTree) -> bool:
    if sits_idle(tree.first) or queues(tree.edges, _QUEUED_SECONDS) or about_metadata(tree):
        return True
    return all(edge.object in ("advisory", *NAMED_LOCKS) for edge in tree.edges)


def _finding(subject: Subject, group: Sequence[BlockingTree], server: Server) -> Finding:
    worst = group[0].first
    edges = [edge for tree in group for edge in tree.edges]
    blocked = len({edge.waiter for edge in edges})
    longest = longest_wait_seconds(edges)
    roots = pids(tree.root for tree in group)
    return Finding(
        subject=subject,
        severity=_severity(blocked),
        summary=(
            f"{sessions_wait(blocked)} up to {duration(longest)} for locks of "
            f"{subject.name} (pid {roots}), which is {worst.blocker_state}."
        ),
        evidence={
            "blocked_sessions": blocked,
            "longest_wait_seconds": longest,
            "depth": max(tree.depth for tree in group),
            "transaction_seconds": worst.blocker_transaction_seconds,
            "blocker_pids": roots,
            "object": worst.object,
            "lock": worst.kind,
            "query": worst.blocker_query,
            "waiter_query": worst.waiter_query,
        },
        impact=Impact(Gain.SESSIONS, blocked),
        remedy=_remedy(group, server),
    )


def _severity(blocked: int) -> Severity:
    if blocked == 1:
        return Severity.MEDIUM
    return Severity.CRITICAL if blocked >= _OUTAGE_SESSIONS else Severity.HIGH


def _remedy(group: Sequence[BlockingTree], server: Server) -> Remedy:
    wraparound = any("to prevent wraparound" in tree.first.blocker_query.lower() for tree in group)
    if wraparound:
        return Remedy(
            text=(
                "Let the VACUUM to prevent wraparound finish: it does not yield to locks, and "
                "starts again if it is ended. Cancel the waiters that ask for strong locks."
            ),
            risk="Ending it brings transaction id wraparound nearer.",
            verify="It advances within a minute: SELECT * FROM pg_stat_progress_vacuum;",
            rollback="None needed: nothing is changed.",
        )
    return Remedy(
        text=(
            "If the work of the root can be repeated, stop it: all waiters are free "
            f"{when_free(server)}. Else wait for it. Then shorten the transaction: "
            "smaller batches, contended rows last."
        ),
        statements=tuple(
            statement
            for tree in group
            for statement in (*undo_size(server, tree.root), roll_back(server, tree.root))
        ),
        risk=roll_back_risk(server),
        verify=nobody_waits(server),
        rollback="None possible: the client runs the stopped work again.",
    )
