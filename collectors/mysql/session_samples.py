"""Who is active right now and waits for what; asked each second."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from collectors.base import Runs, collector
from collectors.mysql.activity_texts import MysqlActivityTexts
from collectors.mysql.needs import Privilege, Reads, instrumented
from collectors.mysql.own_connections import others
from collectors.mysql.programs import Programs
from collectors.mysql.session_queries import LISTED_BUSY
from collectors.mysql.sessions import (
    CROWD,
    OpenSession,
    SeesStatements,
    Sessions,
    busy_sessions,
    running_sessions,
)
from collectors.mysql.waits import quiet, wait_of
from collectors.session import SqlSession
from collectors.snapshot import Snapshot
from collectors.snapshots.sessions import SessionSample
from collectors.statement_texts import Text
from collectors.variants import Variants

# Waits nest: a table's read holds that of a file. Nothing is here unless the consumer is on.
WAITS = Variants(
    dict.fromkeys(
        ("mysql >= 5.7", "mariadb >= 10.5"),
        """
    SELECT t.PROCESSLIST_ID AS pid,
           w.EVENT_NAME AS event
      FROM performance_schema.events_waits_current w
      JOIN performance_schema.threads t ON t.THREAD_ID = w.THREAD_ID
     WHERE w.END_EVENT_ID IS NULL
       AND t.PROCESSLIST_ID <> CONNECTION_ID()
       AND t.PROCESSLIST_COMMAND <> 'Sleep'
     ORDER BY w.EVENT_ID
""",
    )
)
_SPARED_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class _Waiting:
    pid: int
    event: str


class RowQueue:
    """Who waits for rows; while they are a crowd, transactions are read every ten seconds only.

    innodb_trx goes through their locks under the mutex for which each of them has to queue.
    """

    def __init__(self) -> None:
        self.crowd = CROWD
        self._looked_at = float("-inf")
        self._waiting: Mapping[int, OpenSession] = {}

    def look(self, db: SqlSession) -> Sessions:
        passed = db.now() - self._looked_at
        if len(self._waiting) > self.crowd and 0 <= passed < _SPARED_SECONDS:
            rows = tuple(self._waits_on(each, passed) for each in running_sessions(db))
            return Sessions(rows, (self._gap(),))
        self._looked_at, found = db.now(), busy_sessions(db)
        self._waiting = {each.pid: each for each in found.rows if each.waits_for_row}
        return found

    def _waits_on(self, each: OpenSession, passed: float) -> OpenSession:
        """As when its transaction was last seen, if its statement runs since (seconds are cut)."""
        before = self._waiting.get(each.pid)
        if before is None or each.sleeps or (each.statement_seconds or 0.0) + 1.0 < passed:
            return each
        return replace(
            each,
            trx=before.trx,
            trx_state=before.trx_state,
            transaction_seconds=(before.transaction_seconds or 0.0) + passed,
            isolation=before.isolation,
        )

    def _gap(self) -> str:
        return (
            f"{len(self._waiting):,} sessions wait for rows: to spare the server, transactions are "
            f"read every {_SPARED_SECONDS:.0f} seconds; in between, who waited counts as waiting "
            "while its statement runs, and new row waits and idle transactions are not seen"
        )


@collector(
    Runs(LISTED_BUSY),
    Privilege("PROCESS", "PROCESS"),
    SeesStatements(),
    every=timedelta(seconds=1),
)
def session_samples(db: SqlSession) -> Snapshot[SessionSample]:
    found = db.keep(RowQueue).look(db)
    seen = others(db, found.rows)
    texts, events = db.keep(MysqlActivityTexts), _events(db)
    programs = db.keep(Programs).of(db, seen)
    rows = tuple(
        _sample(each, texts.of(each.raw), events.get(each.pid, ""), programs.get(each.pid, ""))
        for each in seen
        if not each.logs_in and each.user != "event_scheduler" and not quiet(each)
    )
    return Snapshot(db.now(), rows, gaps=found.gaps)


def _events(db: SqlSession) -> Mapping[int, str]:
    """The innermost wait of each session."""
    if not instrumented(db.server) or Reads("performance_schema").unmet(db.server):
        return {}
    return {each.pid: each.event for each in db.rows(WAITS, _Waiting)}


def _sample(each: OpenSession, text: Text, event: str, program: str) -> SessionSample:
    wait = wait_of(each, event)
    # The clock of an applier is its source's.
    clocked = not each.replicates
    return SessionSample(
        database=each.database,
        state=each.state,
        wait_type=wait.type,
        wait_event=wait.event,
        digest=text.digest,
        backend_type="client backend" if clocked else "replication",
        pid=each.pid,
        user=each.user,
        application=program,
        transaction_seconds=each.transaction_seconds,
        statement_seconds=each.statement_seconds if clocked and not each.sleeps else None,
        state_seconds=each.state_seconds if clocked else None,
        holds_horizon=each.holds_snapshot,
        query=text.query,
    )
