"""A statement that mostly waits for locks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace

from collectors.session import Server
from collectors.snapshot import Activity, Snapshot
from collectors.snapshots.locks import LockWait
from collectors.snapshots.sessions import SessionLoad
from collectors.snapshots.statements import Statement
from rules.base import (
    MYSQL,
    SQL,
    Confidence,
    Finding,
    Gain,
    Impact,
    Remedy,
    Severity,
    Subject,
    Value,
    rule,
)
from rules.locks.ending_sessions import who_waits
from rules.statements.by_digest import DigestCost, by_digest
from rules.wording import share

_LEAST_SIGHTINGS = 5
_SHORT_WAIT_SECONDS = 0.05
_LONG_WAIT_SECONDS = 0.1
_MANY_SESSIONS = 0.5
_STUCK_SECONDS = 5.0
_SEE_POSTGRES = (
    "SELECT pid, pg_blocking_pids(pid) AS blocked_by, state, query "
    "FROM pg_stat_activity WHERE cardinality(pg_blocking_pids(pid)) > 0;"
)
_INDEXED = (
    " Have an index on the WHERE of each UPDATE and DELETE: InnoDB locks every row they look at."
)


@dataclass(slots=True)
class Sampled:
    """Active sessions of one digest in one database."""

    active: float = 0.0
    locked: float = 0.0


@rule(
    title="A statement mostly waits for locks",
    severity=Severity.MEDIUM,
    confidence=Confidence.VALIDATED,
    see=(
        "https://www.postgresql.org/docs/current/explicit-locking.html",
        "https://dev.mysql.com/doc/refman/8.4/en/innodb-locking.html",
        "https://mariadb.com/kb/en/innodb-lock-modes/",
    ),
    engines=SQL,
)
def lock_heavy_statement(  # noqa: PLR0913
    load: SessionLoad,
    statements: Activity[Statement] | None,
    locks: Snapshot[LockWait] | None,
    server: Server,
    *,
    least_locked_ratio: float = 0.3,
    least_locked_sessions: float = 0.1,
) -> Iterator[Finding]:
    """Sessions that run a statement were seen waiting for locks a third of the time or more.

    Why it matters
        No index makes a lock free sooner. More sessions only make the queue longer.

    What to do
        Shorten the transactions that hold the lock: no remote call and no user's think time
        inside, the contended row last. Take rows in one order everywhere. For a queue table use
        SKIP LOCKED; for a hot counter insert rows and add them up later.

    When to ignore
        Waits of a few milliseconds on a hot row, as benchmarks have: shown as low, and only if
        half a session waits all the time. One incident that is over: see idle-blocker and
        blocking-chain while it lasts.
    """
    sampled: dict[tuple[str, str], Sampled] = defaultdict(Sampled)
    for row in load.by_digest:
        seen = sampled[row.database, row.digest]
        seen.active += row.sessions
        seen.locked += row.sessions if row.wait_type == "Lock" else 0.0
    costs = {(c.total.database, c.total.digest): c for c in _known(statements)}
    waits = locks.rows if locks else ()
    stuck = {w.waiter_query for w in waits if w.waited_seconds >= _STUCK_SECONDS}
    for key, seen in sampled.items():
        cost = costs.get(key)
        if stuck and (cost is None or cost.total.query in stuck):
            continue
        often = seen.locked * load.samples >= _LEAST_SIGHTINGS
        heavy = seen.locked >= max(least_locked_sessions, least_locked_ratio * seen.active)
        severity = _severity(seen, costs.get(key))
        if key[1] and often and heavy and severity:
            found = _finding(key, seen, load, costs.get(key), _remedy(server, seen))
            yield replace(found, severity=severity)


def _known(statements: Activity[Statement] | None) -> tuple[DigestCost[Statement], ...]:
    return by_digest(statements) if statements else ()


def _severity(seen: Sampled, cost: DigestCost[Statement] | None) -> Severity | None:
    """None: not worth a word. Without a mean (it never ended) the waits count as long."""
    mean = cost.mean_seconds if cost and cost.total.calls else _LONG_WAIT_SECONDS
    many = seen.locked >= _MANY_SESSIONS
    if mean < _SHORT_WAIT_SECONDS:
        return Severity.LOW if many else None
    return Severity.HIGH if many and mean >= _LONG_WAIT_SECONDS else Severity.MEDIUM


def _finding(
    key: tuple[str, str],
    seen: Sampled,
    load: SessionLoad,
    cost: DigestCost[Statement] | None,
    remedy: Remedy,
) -> Finding:
    ratio = seen.locked / seen.active
    evidence: dict[str, Value] = {
        "waiting_sessions": seen.locked,
        "waiting_ratio": ratio,
        "samples": load.samples,
        "window_seconds": load.seconds,
    }
    return Finding(
        subject=Subject("statement", key[1], key[0]),
        summary=f"Statement {key[1]} waits for locks {share(ratio)} of its time; "
        f"{seen.locked:.2g} sessions wait on average.",
        evidence={**evidence, **(cost.evidence() if cost else {})},
        impact=Impact(Gain.TIME, seen.locked * 3600),
        remedy=remedy,
    )


def _remedy(server: Server, seen: Sampled) -> Remedy:
    mysql = server.engine in MYSQL
    waiting = "wait in this" if mysql else "with wait_event_type = 'Lock' run this"
    return Remedy(
        text="Shorten what holds the lock. Start with the transaction that contains this "
        "statement: do everything slow before its first write, touch the contended row last, "
        f"commit at once. The gain is the time spent waiting.{_INDEXED if mysql else ''}",
        statements=(who_waits(server) if mysql else _SEE_POSTGRES,),
        risk="None for the query, which takes milliseconds. Changing the order of writes may "
        "cause deadlocks while old and new code run side by side.",
        verify=f"Fewer than {seen.locked:.2g} sessions {waiting} statement in the next window.",
        rollback="Deploy the previous build.",
    )
