"""The lock manager itself is the bottleneck."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.session import Server
from collectors.snapshots.sessions import SessionLoad
from rules.base import Finding, Remedy, Severity, Subject, rule
from rules.sessions.waiting import waiting


@rule(
    title="The lock manager is contended",
    severity=Severity.MEDIUM,
    see=("https://www.postgresql.org/docs/current/monitoring-stats.html#WAIT-EVENT-LWLOCK-TABLE",),
)
def lock_manager_contention(
    load: SessionLoad,
    server: Server,
    *,
    tolerated_ratio: float = 0.1,
    tolerated_sessions: float = 0.5,
) -> Iterator[Finding]:
    """Sessions queue for the shared lock table (LWLock:LockManager), not for locks of others.

    Why it matters
        A statement that locks more relations than the fast path holds (16 up to PostgreSQL 17)
        goes through the shared lock table. Many such statements at once stop each other,
        however simple they are, and more clients only make it worse.

    What to do
        Lock fewer relations: filter by the partition key, so that partitions are pruned at plan
        time, and drop indexes that nobody uses (each is locked too). Lower the number of active
        sessions with a pool. From PostgreSQL 18 on a higher max_locks_per_transaction widens
        the fast path.

    When to ignore
        In the first minute after a restart or a failover, while plans are made anew.
    """
    found = waiting(load, "LWLock", "LockManager", "lock_manager")
    if not found.exceeds(tolerated_ratio, tolerated_sessions):
        return
    yield Finding(
        subject=Subject("server", server.name),
        severity=Severity.HIGH if found.share_ratio >= 3 * tolerated_ratio else None,
        summary=f"{found.words} wait for the lock manager: statements lock too many relations.",
        evidence=found.evidence,
        impact=found.impact,
        remedy=Remedy(
            text=(
                "Make statements touch fewer relations: filter by the partition key with a value "
                "known at plan time, drop unused indexes, and let a pool keep active sessions "
                "near the number of CPUs."
            ),
            risk="Dropping an index slows the statement that needed it; check its scans first.",
            verify="LWLock:LockManager is below 10 % of the active sessions within the hour.",
            rollback="Deploy the previous build; make a dropped index again from its definition.",
        ),
    )
