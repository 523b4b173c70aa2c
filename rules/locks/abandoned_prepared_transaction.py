"""A prepared transaction that nobody commits or rolls back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from collectors.postgres.prepared_transactions import PreparedTransaction
from collectors.snapshot import Snapshot
from collectors.snapshots.locks import LockWait
from rules.base import Confidence, Finding, Gain, Impact, Remedy, Severity, Subject, rule
from rules.locks.blockers import counted, longest_wait_seconds
from rules.wording import duration, literal


@rule(
    title="A prepared transaction is abandoned",
    severity=Severity.HIGH,
    confidence=Confidence.VALIDATED,
    see=("https://www.postgresql.org/docs/current/sql-prepare-transaction.html",),
)
def abandoned_prepared_transaction(
    prepared: Snapshot[PreparedTransaction],
    locks: Snapshot[LockWait] | None,
    *,
    tolerated_seconds: float = 600,
    blocking_seconds: float = 60,
) -> Iterator[Finding]:
    """A transaction was prepared for two-phase commit and never finished.

    Why it matters
        It keeps its locks and its snapshot without a session, even across a restart: no timeout
        ends it, no dead row of the whole server can be removed, and in the end transaction ids
        run out.

    What to do
        Ask the coordinator what became of the global transaction, then commit or roll back. If
        there is no coordinator, roll back and set max_prepared_transactions to 0.

    When to ignore
        A coordinator that is known to recover: it finishes the transaction itself.
    """
    for transaction in prepared.rows:
        names = (transaction.gid, "") if len(prepared.rows) == 1 else (transaction.gid,)
        blocked = _blocked(names, locks)
        blocks = longest_wait_seconds(blocked) > blocking_seconds
        if blocks or transaction.prepared_seconds > tolerated_seconds:
            yield _finding(transaction, blocked)


def _blocked(names: tuple[str, ...], locks: Snapshot[LockWait] | None) -> Sequence[LockWait]:
    """Who waits for it; a blocker without a name can only be it where there is no other."""
    waits = locks.rows if locks else ()
    return [w for w in waits if w.blocker == 0 and w.blocker_application in names]


def _finding(transaction: PreparedTransaction, blocked: Sequence[LockWait]) -> Finding:
    age = duration(transaction.prepared_seconds)
    blocks = f" and blocks {counted(len(blocked), 'session')}" if blocked else ""
    return Finding(
        subject=Subject("transaction", transaction.gid, transaction.database),
        severity=Severity.CRITICAL if blocked else None,
        summary=f"Transaction {transaction.gid} is prepared for {age}{blocks}; nobody ends it.",
        evidence={
            "prepared_seconds": transaction.prepared_seconds,
            "transaction_age": transaction.transaction_age,
            "blocked_sessions": len(blocked),
            "longest_wait_seconds": longest_wait_seconds(blocked),
            "user": transaction.user,
        },
        impact=Impact(Gain.SESSIONS, len(blocked)) if blocked else Impact(),
        remedy=Remedy(
            text=(
                f"Ask the coordinator for the fate of {transaction.gid}. If it committed the "
                "other parts, run COMMIT PREPARED, else ROLLBACK PREPARED, in database "
                f"{transaction.database} as {transaction.user} or a superuser."
            ),
            statements=(f"ROLLBACK PREPARED {literal(transaction.gid)};",),
            risk=(
                "Takes milliseconds. Rolling back what other databases committed makes them "
                "disagree; it can't be undone."
            ),
            verify=f"At once pg_prepared_xacts no longer shows {transaction.gid}.",
            rollback="None possible: its outcome is final.",
        ),
    )
