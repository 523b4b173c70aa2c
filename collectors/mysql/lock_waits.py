"""Who waits for whom: row locks and metadata locks, each waiter beside who blocks it directly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from collectors.base import Runs, collector
from collectors.mysql.activity_texts import MysqlActivityTexts
from collectors.mysql.detached_transactions import Detached, detached
from collectors.mysql.lock_gaps import crowd_gaps, gaps
from collectors.mysql.metadata_locks import METADATA_LOCKS, MetadataLock, edges
from collectors.mysql.needs import Privilege, Reads, instrumented
from collectors.mysql.own_connections import others
from collectors.mysql.programs import Programs
from collectors.mysql.sessions import (
    CROWD,
    OpenSession,
    SeesStatements,
    all_sessions,
    busy_sessions,
)
from collectors.mysql.wait_clock import WaitClock
from collectors.mysql.waits import state_wait
from collectors.session import Server, SqlSession
from collectors.snapshot import Snapshot
from collectors.snapshots.locks import LockWait
from collectors.variants import Variants

# Either stops the lock system while it is read. Of who made a lock, data_locks names the thread
# that wrote it down, which may be the waiter: whose it is, the transaction says. In a queue each
# waits for all before it, which are half a million pairs for a thousand.
# How far from those who wait for nobody a crowd is followed.
_LEVELS: Final = 5
_OLD = """
    SELECT CAST(w.requesting_trx_id AS CHAR) AS waiter,
           CAST(w.blocking_trx_id AS CHAR) AS blocker,
           REPLACE(SUBSTRING_INDEX(l.lock_table, ' /*', 1), '`', '') AS object,
           l.lock_mode AS mode
      FROM information_schema.innodb_lock_waits w
      JOIN information_schema.innodb_locks l ON l.lock_id = w.requested_lock_id
     WHERE w.requesting_trx_id IN %(waiters)s
       AND w.blocking_trx_id IN %(blockers)s
     LIMIT 10000
"""
ROW_WAITS = Variants(
    {
        "mysql >= 5.7": _OLD,
        "mysql >= 8.0": """
    SELECT CAST(w.REQUESTING_ENGINE_TRANSACTION_ID AS CHAR) AS waiter,
           CAST(w.BLOCKING_ENGINE_TRANSACTION_ID AS CHAR) AS blocker,
           CONCAT(l.OBJECT_SCHEMA, '.', l.OBJECT_NAME) AS object,
           l.LOCK_MODE AS mode
      FROM performance_schema.data_lock_waits w
      JOIN performance_schema.data_locks l
             ON l.ENGINE_LOCK_ID = w.REQUESTING_ENGINE_LOCK_ID
            AND l.ENGINE = w.ENGINE
     WHERE w.REQUESTING_ENGINE_TRANSACTION_ID IN %(waiters)s
       AND w.BLOCKING_ENGINE_TRANSACTION_ID IN %(blockers)s
     LIMIT 10000
""",
        "mariadb >= 10.5": _OLD,
    }
)

# MySQL's sessions come with it; MariaDB keeps it where its consumer is switched on.
LAST_STATEMENTS = Variants(
    {
        "mariadb >= 10.5": """
    SELECT t.PROCESSLIST_ID AS pid,
           COALESCE(CAST(s.SQL_TEXT AS BINARY), CAST('' AS BINARY)) AS raw
      FROM performance_schema.events_statements_current s
      JOIN performance_schema.threads t ON t.THREAD_ID = s.THREAD_ID
     WHERE t.PROCESSLIST_COMMAND = 'Sleep'
       AND s.NESTING_EVENT_LEVEL = 0
"""
    }
)


@dataclass(frozen=True, slots=True)
class _RowWait:
    waiter: str
    blocker: str
    object: str
    mode: str


@dataclass(frozen=True, slots=True)
class _Last:
    pid: int
    raw: str


@dataclass(frozen=True, slots=True)
class _Edge:
    waiter: OpenSession
    blocker: OpenSession | Detached | None
    object: str
    mode: str
    waited_seconds: float
    explicit: bool = False


@collector(
    Runs(ROW_WAITS),
    Privilege("PROCESS", "PROCESS"),
    SeesStatements(),
    every=timedelta(seconds=10),
)
def lock_waits(db: SqlSession) -> Snapshot[LockWait]:
    clock = db.keep(WaitClock)
    busy = busy_sessions(db)
    if not any(_waits(each) for each in busy.rows):
        clock.nobody(db.now())
        return Snapshot(db.now(), (), gaps=busy.gaps)
    everyone = all_sessions(db)
    sessions = _with_last_statements(db, others(db, everyone.rows))
    waiting = [each for each in sessions if _waits(each)]
    since = clock.waited(db.now(), waiting)
    found = (*_row_edges(db, sessions), *_metadata_edges(db, sessions, since))
    programs = db.keep(Programs).of(db, sessions)
    texts = db.keep(MysqlActivityTexts)
    rows = tuple(_lock_wait(edge, programs, texts) for edge in found)
    blocked = {edge.waiter.pid for edge in found}
    unknown = [each for each in waiting if each.pid not in blocked]
    told = (*everyone.gaps, *crowd_gaps(waiting, len(found)), *gaps(db.server, unknown))
    return Snapshot(db.now(), rows, gaps=told)


def _waits(session: OpenSession) -> bool:
    wait = state_wait(session.status)
    return session.waits_for_row or (wait is not None and wait.type == "Lock")


def _row_edges(db: SqlSession, sessions: Iterable[OpenSession]) -> Iterator[_Edge]:
    by_trx = {each.trx: each for each in sessions if each.trx}
    waiting = {trx for trx, each in by_trx.items() if each.waits_for_row}
    if not waiting or not _shows_row_waits(db.server):
        return
    held = {each.trx: each for each in detached(db)}
    seen = set()
    for row in _row_waits(db, waiting, {*by_trx, *held}):
        waiter, blocker = by_trx.get(row.waiter), by_trx.get(row.blocker) or held.get(row.blocker)
        if waiter and blocker and waiter != blocker and (row.waiter, row.blocker) not in seen:
            seen.add((row.waiter, row.blocker))
            yield _Edge(waiter, blocker, row.object, row.mode, _row_wait_seconds(waiter))


def _shows_row_waits(server: Server) -> bool:
    """MySQL 8 keeps them in performance_schema, and may refuse it where it is off."""
    return server.engine != "mysql" or not server.at_least(8, 0) or instrumented(server)


def _row_waits(db: SqlSession, waiting: Set[str], known: Set[str]) -> Iterator[_RowWait]:
    """All of few; of a crowd who waits for those who wait for nobody, who for these, and so on."""
    if len(waiting) <= CROWD:
        yield from _pairs(db, waiting, known)
        return
    blockers = known - waiting
    for _ in range(_LEVELS):
        found = _pairs(db, waiting, blockers)
        yield from found
        blockers = {row.waiter for row in found}
        waiting = waiting - blockers


def _pairs(db: SqlSession, waiters: Set[str], blockers: Set[str]) -> Sequence[_RowWait]:
    if not waiters or not blockers:
        return ()
    ids = {"waiters": sorted(map(int, waiters)), "blockers": sorted(map(int, blockers))}
    return db.rows(ROW_WAITS, _RowWait, **ids)


def _row_wait_seconds(waiter: OpenSession) -> float:
    """InnoDB counts from a whole second: its wait may seem older than the statement that waits."""
    since_seconds = waiter.row_wait_seconds or 0.0
    if waiter.statement_seconds is None or waiter.replicates:
        return since_seconds
    return min(since_seconds, waiter.statement_seconds)


def _metadata_edges(
    db: SqlSession, sessions: Iterable[OpenSession], waited: Mapping[int, float]
) -> Iterator[_Edge]:
    by_pid = {each.pid: each for each in sessions}
    if not any(_waits(each) and not each.waits_for_row for each in by_pid.values()):
        return
    if not instrumented(db.server) or Reads("performance_schema").unmet(db.server):
        return
    for edge in edges(db.rows(METADATA_LOCKS, MetadataLock)):
        waiter, blocker = by_pid.get(edge.waiter), by_pid.get(edge.blocker)
        if waiter and (blocker or not edge.blocker):
            seconds = waited.get(waiter.pid, 0.0)
            yield _Edge(waiter, blocker, edge.object, edge.mode, seconds, edge.explicit)


def _with_last_statements(
    db: SqlSession, sessions: tuple[OpenSession, ...]
) -> tuple[OpenSession, ...]:
    if (
        db.server.engine != "mariadb"
        or not instrumented(db.server)
        or Reads("performance_schema").unmet(db.server)
    ):
        return sessions
    last = {each.pid: each.raw for each in db.rows(LAST_STATEMENTS, _Last)}
    return tuple(replace(each, raw=each.raw or last.get(each.pid, "")) for each in sessions)


def _lock_wait(edge: _Edge, programs: Mapping[int, str], texts: MysqlActivityTexts) -> LockWait:
    waiter, blocker = edge.waiter, edge.blocker
    session = blocker if isinstance(blocker, OpenSession) else None
    open_seconds = blocker.transaction_seconds if blocker else None
    return LockWait(
        database=waiter.database,
        object=edge.object,
        relation=None,
        waiter=waiter.pid,
        blocker=session.pid if session else 0,
        kind=edge.mode,
        waited_seconds=edge.waited_seconds,
        waiter_user=waiter.user,
        waiter_application=programs.get(waiter.pid, ""),
        waiter_query=texts.of(waiter.raw).query,
        blocker_user=session.user if session else None,
        blocker_application=programs.get(session.pid, "") if session else "",
        blocker_state=_blocker_state(edge),
        blocker_state_seconds=session.state_seconds if session else open_seconds,
        blocker_transaction_seconds=open_seconds,
        blocker_query=texts.of(session.raw).query if session else "",
    )


def _blocker_state(edge: _Edge) -> str:
    """A session that holds a lock across statements is in a transaction, or as good as in one."""
    blocker = edge.blocker
    if not isinstance(blocker, OpenSession):
        return blocker.state if blocker else "prepared"
    if not blocker.sleeps:
        return "active"
    explicit = edge.explicit and not blocker.trx
    return "idle in transaction (explicit lock)" if explicit else "idle in transaction"
