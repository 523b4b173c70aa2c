"""Open InnoDB transactions: how old, how large, and what they do."""

from __future__ import annotations

from datetime import timedelta

from collectors.base import Runs, collector
from collectors.fields import gauge, label, note, row
from collectors.mysql.activity_texts import MysqlActivityTexts
from collectors.mysql.detached_transactions import Detached, detached
from collectors.mysql.needs import Privilege
from collectors.mysql.own_connections import others
from collectors.mysql.programs import Programs
from collectors.mysql.session_queries import LISTED_BUSY
from collectors.mysql.sessions import (
    OpenSession,
    SeesStatements,
    busy_sessions,
)
from collectors.session import SqlSession
from collectors.snapshot import Snapshot


@row(exported=False)
class InnodbTransaction:
    """A line of information_schema.innodb_trx. An XA transaction without a session is pid 0."""

    database: str = label()
    pid: int = note("Connection id.")
    user: str | None = note()
    application: str = note("program_name of the client; empty where it is not known.")
    state: str = note("active, idle in transaction, lock wait, prepared, rolling back, …")
    isolation: str = note("READ COMMITTED, REPEATABLE READ, …")
    open_seconds: float = gauge("How long it is open.")
    state_seconds: float | None = gauge("How long its session is in this state.")
    rows_modified: int = gauge("Rows it changed: what a rollback has to undo.")
    rows_locked: int = gauge("Rows it holds locked, about.")
    holds_snapshot: bool = note(
        "Its read view may keep old row versions from being purged: REPEATABLE READ always, "
        "READ COMMITTED while a statement runs."
    )
    query: str = note("Its current statement, else its last, normalised; empty if not told.")


@collector(
    Runs(LISTED_BUSY),
    Privilege("PROCESS", "PROCESS"),
    SeesStatements(),
    every=timedelta(seconds=15),
)
def transactions(db: SqlSession) -> Snapshot[InnodbTransaction]:
    sessionless = detached(db)
    found = busy_sessions(db)
    seen = [each for each in others(db, found.rows) if each.trx]
    texts, programs = db.keep(MysqlActivityTexts), db.keep(Programs).of(db, seen)
    rows = (
        *(_open(each, programs.get(each.pid, ""), texts.of(each.raw).query) for each in seen),
        *map(_detached, sessionless),
    )
    return Snapshot(db.now(), rows, gaps=found.gaps)


def _open(each: OpenSession, program: str, query: str) -> InnodbTransaction:
    return InnodbTransaction(
        database=each.database,
        pid=each.pid,
        user=each.user,
        application=program,
        state="lock wait" if each.waits_for_row else each.state,
        isolation=each.isolation or "",
        open_seconds=each.transaction_seconds or 0.0,
        state_seconds=None if each.replicates else each.state_seconds,
        rows_modified=each.rows_modified or 0,
        rows_locked=each.rows_locked or 0,
        holds_snapshot=each.holds_snapshot,
        query=query,
    )


def _detached(each: Detached) -> InnodbTransaction:
    return InnodbTransaction(
        database="",
        pid=0,
        user=None,
        application="",
        state=each.state,
        isolation=each.isolation,
        open_seconds=each.transaction_seconds,
        state_seconds=None,
        rows_modified=each.rows_modified,
        rows_locked=each.rows_locked,
        holds_snapshot=False,
        query="",
    )
