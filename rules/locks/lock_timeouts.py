"""Waits for row locks run out of time."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.mysql.errors import ErrorCount
from collectors.mysql.innodb import Innodb
from collectors.session import Server
from collectors.snapshot import Activity
from rules.base import MYSQL, Confidence, Finding, Gain, Impact, Remedy, Severity, Subject, rule
from rules.locks.blockers import counted

_ER_LOCK_WAIT_TIMEOUT = 1205
_DEFAULT_SECONDS = 50.0


@rule(
    title="Waits for row locks run out of time",
    severity=Severity.LOW,
    confidence=Confidence.VALIDATED,
    engines=MYSQL,
    see=(
        "https://dev.mysql.com/doc/refman/8.4/en/innodb-error-handling.html",
        "https://mariadb.com/kb/en/innodb-system-variables/#innodb_lock_wait_timeout",
    ),
)
def lock_timeouts(
    innodb: Activity[Innodb],
    errors: Activity[ErrorCount] | None,
    server: Server,
    *,
    tolerated_per_hour: float = 6,
    urgent_per_hour: float = 600,
) -> Iterator[Finding]:
    """Statements fail because a row lock did not come free within innodb_lock_wait_timeout.

    Why it matters
        Each one held a connection for the whole wait and then failed (error 1205). The server
        undoes only that statement: the transaction stays open with all its other locks, so a
        client that goes on, or goes away, blocks the next one.

    What to do
        Shorten what holds the locks: see blocking-chain, idle-blocker and row-lock-contention.
        Have the application roll back and repeat a transaction that fails with 1205.

    When to ignore
        Workers that set a timeout of a second or so on purpose and try again.
    """
    if innodb.seconds <= 0:
        return
    for row in innodb.rows:
        count = row.lock_timeouts if row.lock_timeouts is not None else _raised(errors)
        per_hour = count / innodb.seconds * 3600
        if count > 1 and per_hour >= tolerated_per_hour:
            severity = Severity.MEDIUM if per_hour >= urgent_per_hour else None
            yield _finding(count, per_hour, severity, server)


def _raised(errors: Activity[ErrorCount] | None) -> int:
    rows = errors.rows if errors else ()
    return sum(e.raised for e in rows if e.number == _ER_LOCK_WAIT_TIMEOUT)


def _finding(count: int, per_hour: float, severity: Severity | None, server: Server) -> Finding:
    limit = float(server.settings.get("innodb_lock_wait_timeout") or _DEFAULT_SECONDS)
    whole = server.settings.get("innodb_rollback_on_timeout") == "ON"
    stays = "" if whole else ", because the server undid its last statement only"
    return Finding(
        subject=Subject("server", server.name),
        severity=severity,
        summary=(
            f"{counted(count, 'statement')} failed after waiting {limit:g} s for a row lock, "
            f"{per_hour:,.1f} an hour."
        ),
        evidence={
            "lock_timeouts": count,
            "lock_timeouts_per_hour": per_hour,
            "innodb_lock_wait_timeout_seconds": limit,
            "rolls_back_whole_transaction": whole,
        },
        impact=Impact(Gain.TIME, per_hour * limit),
        remedy=Remedy(
            text=(
                "Find the transactions that hold row locks for so long and shorten them: nothing "
                "slow between the first write and COMMIT. Have the application send ROLLBACK after "
                f"error 1205{stays}, and repeat the whole transaction."
            ),
            statements=(
                "SELECT trx_mysql_thread_id, trx_started, trx_rows_locked, trx_rows_modified "
                "FROM information_schema.innodb_trx ORDER BY trx_started LIMIT 10;",
            ),
            risk="None for the query, which takes milliseconds. A repeated transaction must not "
            "do its outside effects (mails, payments) twice.",
            verify="The next day fewer than one statement an hour fails with error 1205.",
            rollback="Deploy the previous build.",
        ),
    )
