"""Sessions wait for multixact bookkeeping: many transactions share locks on the same rows."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.session import Server
from collectors.snapshots.sessions import SessionLoad
from rules.base import Finding, Remedy, Severity, Subject, rule
from rules.sessions.waiting import waiting


@rule(
    title="Shared row locks are contended",
    severity=Severity.HIGH,
    see=(
        "https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-MULTIXACT-WRAPAROUND",
    ),
)
def multixact_contention(
    load: SessionLoad,
    server: Server,
    *,
    tolerated_ratio: float = 0.05,
    tolerated_sessions: float = 0.25,
) -> Iterator[Finding]:
    """Sessions wait for the lists of transactions that lock one row together (multixacts).

    Why it matters
        Inserts into a child table lock the parent row in share mode. When hundreds do so with
        one parent at once, every reader of the row searches a long list in a small cache.

    What to do
        Take the pressure off hot parent rows: shorter transactions, no SELECT … FOR SHARE, no
        savepoint around each statement; where it must be, drop the foreign key of the hottest
        table. From PostgreSQL 17 on the caches can be made bigger.

    When to ignore
        During one bulk load into a child table.
    """
    found = waiting(load, "LWLock", "MultiXact")
    if not found.exceeds(tolerated_ratio, tolerated_sessions):
        return
    resizable = server.at_least(17)
    yield Finding(
        subject=Subject("server", server.name),
        summary=(
            f"{found.words} wait for multixacts: many transactions lock the same rows in share "
            "mode."
        ),
        evidence=found.evidence,
        impact=found.impact,
        remedy=Remedy(
            text=(
                "Shorten the transactions that insert children of one hot parent row or SELECT … "
                "FOR SHARE, and commit in smaller batches."
                + (
                    " Then raise multixact_member_buffers and multixact_offset_buffers (restart)."
                    if resizable
                    else ""
                )
            ),
            risk="Smaller batches commit more often.",
            verify="Within an hour of the release waits for LWLock:MultiXact… are below 5 % of "
            "the active sessions.",
            rollback="Deploy the previous build.",
        ),
    )
