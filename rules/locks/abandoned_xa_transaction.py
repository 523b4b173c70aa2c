"""An XA transaction that was prepared and that nobody commits or rolls back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from collectors.mysql.transactions import InnodbTransaction
from collectors.session import Server
from collectors.snapshot import Snapshot
from collectors.snapshots.locks import LockWait
from rules.base import MYSQL, Confidence, Finding, Gain, Impact, Remedy, Severity, Subject, rule
from rules.locks.blockers import counted, longest_wait_seconds
from rules.wording import duration


@rule(
    title="A prepared XA transaction is abandoned",
    severity=Severity.HIGH,
    confidence=Confidence.VALIDATED,
    engines=MYSQL,
    see=(
        "https://dev.mysql.com/doc/refman/8.4/en/xa-restrictions.html",
        "https://mariadb.com/kb/en/xa-transactions/",
    ),
)
def abandoned_xa_transaction(
    transactions: Snapshot[InnodbTransaction],
    locks: Snapshot[LockWait] | None,
    server: Server,
    *,
    tolerated_seconds: float = 600,
    blocking_seconds: float = 60,
) -> Iterator[Finding]:
    """A transaction was prepared with XA PREPARE, its session is gone, and it was never finished.

    Why it matters
        It keeps its row and metadata locks without a session, even across a restart. No timeout
        ends it, KILL can't reach it, and purge removes nothing younger.

    What to do
        Ask the coordinator what became of the global transaction, then XA COMMIT or XA ROLLBACK
        it with the id that XA RECOVER shows.

    When to ignore
        A coordinator that is known to recover: it finishes the transaction itself.
    """
    prepared = [t for t in transactions.rows if t.pid == 0 and t.state == "prepared"]
    waits = [w for w in (locks.rows if locks else ()) if w.blocker == 0]
    blocked = [w for w in waits if w.blocker_state == "prepared"]
    oldest = max((t.open_seconds for t in prepared), default=0.0)
    blocks = longest_wait_seconds(blocked) > blocking_seconds
    if prepared and (blocks or oldest > tolerated_seconds):
        yield _finding(prepared, oldest, blocked, server)


def _finding(
    prepared: Sequence[InnodbTransaction],
    oldest: float,
    blocked: Sequence[LockWait],
    server: Server,
) -> Finding:
    waiters = len({wait.waiter for wait in blocked})
    blocks = f" and block {counted(waiters, 'session')}" if waiters else ""
    return Finding(
        subject=Subject("server", server.name),
        severity=Severity.CRITICAL if waiters else None,
        summary=(
            f"{counted(len(prepared), 'prepared XA transaction')} without a session, open for up "
            f"to {duration(oldest)}: nobody ends them{blocks}."
        ),
        evidence={
            "prepared_transactions": len(prepared),
            "open_seconds": oldest,
            "changed_rows": sum(t.rows_modified for t in prepared),
            "blocked_sessions": waiters,
            "longest_wait_seconds": longest_wait_seconds(blocked),
        },
        impact=Impact(Gain.SESSIONS, waiters) if waiters else Impact(),
        remedy=Remedy(
            text=(
                "List their ids, ask the coordinator for the fate of each, and run XA COMMIT if "
                "it committed the other parts, else XA ROLLBACK."
            ),
            statements=(_recover(server), _finish(server)),
            risk=(
                "Rolling back what other databases committed makes them disagree; it can't be "
                "undone. Undoing takes about as long as doing took."
            ),
            verify="At once XA RECOVER shows no row.",
            rollback="None possible: its outcome is final.",
        ),
    )


def _finish(server: Server) -> str:
    if server.engine == "mariadb":
        return "-- for each id: XA COMMIT id; or XA ROLLBACK id;"
    return (
        "-- for each row: XA COMMIT gtrid, bqual, formatID; or XA ROLLBACK the same; the first "
        "gtrid_length bytes of data are gtrid, the others bqual, each written as 0x…"
    )


def _recover(server: Server) -> str:
    """As text that XA ROLLBACK takes; MySQL shows ids in hexadecimal."""
    return "XA RECOVER FORMAT='SQL';" if server.engine == "mariadb" else "XA RECOVER CONVERT XID;"
