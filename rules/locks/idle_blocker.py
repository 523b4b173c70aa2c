"""A session holds a lock that others wait for, and runs nothing."""

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
    sessions_wait,
    sits_idle,
    trees_of,
    urgency,
)
from rules.locks.ending_sessions import (
    end,
    idle_limit_words,
    limit_idle_transactions,
    nobody_waits,
    roll_back_risk,
    unlimit_idle_transactions,
    when_free,
)
from rules.wording import duration


@rule(
    title="An idle transaction blocks others",
    severity=Severity.CRITICAL,
    confidence=Confidence.VALIDATED,
    engines=SQL,
    see=(
        "https://www.postgresql.org/docs/current/explicit-locking.html",
        "https://dev.mysql.com/doc/refman/8.4/en/innodb-locks-set.html",
        "https://mariadb.com/kb/en/innodb-lock-modes/",
    ),
)
def idle_blocker(
    locks: Snapshot[LockWait], server: Server, *, tolerated_seconds: float = 5
) -> Iterator[Finding]:
    """A session holds a lock that others wait for, and runs nothing.

    Why it matters
        No progress of the blocker will free the lock: only its client can. Each waiter holds a
        connection meanwhile, so the pool drains until the application stops.

    What to do
        End the blocking session; it runs nothing, so only uncommitted work is lost. Then find
        where the application keeps a transaction open across user think-time or a remote call.
        Never end the waiters: others take their place.

    When to ignore
        A two-phase commit coordinator or a batch that resolves within its own timeout. Waits for
        metadata locks have a rule of their own; workers that wait in GET_LOCK are not told.
    """
    stuck = (
        (blocker_of(tree), tree)
        for tree in trees_of(locks.rows)
        if sits_idle(tree.first)
        and longest_wait_seconds(tree.edges) > tolerated_seconds
        and not about_metadata(tree)
        and tree.first.object not in NAMED_LOCKS
    )
    for subject, group in grouped(stuck).items():
        yield _finding(subject, group, server)


def _finding(subject: Subject, group: Sequence[BlockingTree], server: Server) -> Finding:
    worst = group[0].first
    edges = [edge for tree in group for edge in tree.edges]
    blocked = len({edge.waiter for edge in edges})
    longest = longest_wait_seconds(edges)
    idle_seconds = worst.blocker_state_seconds
    since = f" for {duration(idle_seconds)}" if idle_seconds is not None else ""
    roots = pids(tree.root for tree in group)
    return Finding(
        subject=subject,
        severity=urgency(blocked, longest),
        summary=(
            f"{sessions_wait(blocked)} up to {duration(longest)} for {subject.name} "
            f"(pid {roots}), which sits idle in a transaction{since}."
        ),
        evidence={
            "blocked_sessions": blocked,
            "longest_wait_seconds": longest,
            "idle_seconds": idle_seconds,
            "transaction_seconds": worst.blocker_transaction_seconds,
            "blocker_pids": roots,
            "object": worst.object,
            "query": worst.blocker_query,
            "waiter_query": worst.waiter_query,
        },
        impact=Impact(Gain.SESSIONS, blocked),
        remedy=_remedy(group, server),
    )


def _remedy(group: Sequence[BlockingTree], server: Server) -> Remedy:
    user = group[0].first.blocker_user
    return Remedy(
        text=(
            f"End pid {pids(tree.root for tree in group)}: the waiters are free "
            f"{when_free(server)}. Ending a waiter would not help. {idle_limit_words(server)}"
        ),
        statements=(
            *(end(server, tree.root) for tree in group),
            *limit_idle_transactions(server, user),
        ),
        risk=_risk(server),
        verify=nobody_waits(server),
        rollback=(
            "The client runs the ended transaction again. "
            f"{unlimit_idle_transactions(server, user)}"
        ).rstrip(),
    )


def _risk(server: Server) -> str:
    if server.engine == "postgres":
        return (
            "No lock, milliseconds. The client loses its uncommitted work; ask its owner first if "
            "it is a batch."
        )
    return f"{roll_back_risk(server)} Its locks stay until then; ask its owner if it is a batch."
