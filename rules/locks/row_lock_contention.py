"""Row locks cost much time in sum, though no single wait lasts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from collectors.mysql.innodb import Innodb
from collectors.session import Server
from collectors.snapshot import Activity, Snapshot
from collectors.snapshots.locks import LockWait
from collectors.snapshots.sessions import DigestLoad, SessionLoad
from rules.base import MYSQL, Confidence, Finding, Gain, Impact, Remedy, Severity, Subject, rule
from rules.locks.blockers import longest_wait_seconds
from rules.locks.ending_sessions import who_waits
from rules.wording import duration

_FEWEST_WAITS = 10
_INCIDENT_SECONDS = 5.0
# From here on lock-heavy-statement tells.
_HEAVY_SESSIONS = 0.1
_HEAVY_RATIO = 0.3


@rule(
    title="Row locks are contended",
    severity=Severity.MEDIUM,
    confidence=Confidence.VALIDATED,
    engines=MYSQL,
    see=(
        "https://dev.mysql.com/doc/refman/8.4/en/innodb-locks-set.html",
        "https://mariadb.com/kb/en/innodb-lock-modes/",
    ),
)
def row_lock_contention(
    innodb: Activity[Innodb],
    load: SessionLoad | None,
    locks: Snapshot[LockWait] | None,
    server: Server,
    *,
    tolerated_sessions: float = 0.5,
) -> Iterator[Finding]:
    """Half a session or more waits for row locks all the time, in many short waits.

    Why it matters
        The waits are in the response times, and grow faster than the traffic: more sessions only
        make the queue for the same rows longer.

    What to do
        Find the hot rows: counters, queue tables, parents that every insert touches. Write them
        last in the transaction, use SKIP LOCKED for queues, and give each UPDATE and DELETE an
        index: without one it locks every row it reads. READ COMMITTED locks fewer gaps.

    When to ignore
        While one incident lasts, or where the waiting statements were seen: blocking-chain,
        idle-blocker and lock-heavy-statement tell more then, and this rule is quiet.
    """
    for row in innodb.rows:
        if innodb.seconds <= 0 or row.row_lock_waits < _FEWEST_WAITS:
            continue
        sessions = row.row_lock_seconds / innodb.seconds
        if sessions >= tolerated_sessions and not _told_elsewhere(load, locks):
            yield _finding(row, sessions, server)


def _told_elsewhere(load: SessionLoad | None, locks: Snapshot[LockWait] | None) -> bool:
    """By the rules on incidents, or because one statement was seen waiting."""
    if locks and longest_wait_seconds(locks.rows) > _INCIDENT_SECONDS:
        return True
    by_digest: dict[str, list[DigestLoad]] = defaultdict(list)
    for row in load.by_digest if load else ():
        by_digest[row.digest].append(row)
    return any(digest and _heavy(rows) for digest, rows in by_digest.items())


def _heavy(rows: Sequence[DigestLoad]) -> bool:
    waits = sum(row.sessions for row in rows if row.wait_type == "Lock")
    active = sum(row.sessions for row in rows)
    return waits >= max(_HEAVY_SESSIONS, _HEAVY_RATIO * active)


def _finding(row: Innodb, sessions: float, server: Server) -> Finding:
    mean = row.row_lock_seconds / row.row_lock_waits
    isolation = server.settings.get("transaction_isolation") or server.settings.get("tx_isolation")
    gaps = isolation == "REPEATABLE-READ"
    return Finding(
        subject=Subject("server", server.name),
        summary=(
            f"{sessions:.2g} sessions on average wait for row locks: {row.row_lock_waits:,} waits "
            f"of {duration(mean)} each."
        ),
        evidence={
            "waiting_sessions": sessions,
            "row_lock_waits": row.row_lock_waits,
            "seconds_per_wait": mean,
            "isolation": isolation,
        },
        impact=Impact(Gain.TIME, sessions * 3600),
        remedy=Remedy(
            text=(
                "See who waits for whom while it happens. Then write hot rows last in their "
                "transactions, and give the updates an index."
                + (
                    " Range conditions lock gaps at REPEATABLE READ; transactions that can live "
                    "with READ COMMITTED lock less."
                    if gaps
                    else ""
                )
            ),
            statements=(who_waits(server),),
            risk="None for the query, which takes milliseconds. READ COMMITTED lets a transaction "
            "see what others commit meanwhile.",
            verify=f"In the next window Innodb_row_lock_time grows by less than "
            f"{sessions * 500:,.0f} ms a second.",
            rollback="Deploy the previous build.",
        ),
    )
