"""Who is active right now and waits for what; asked each second."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from collectors.base import Runs, collector
from collectors.mysql.activity_texts import MysqlActivityTexts
from collectors.mysql.needs import Privilege, Reads, instrumented
from collectors.mysql.own_connections import others
from collectors.mysql.programs import Programs
from collectors.mysql.sessions import LISTED_BUSY, OpenSession, SeesStatements, busy_sessions
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
_UNKNOWN_USERS = (None, "unauthenticated user", "event_scheduler")


@dataclass(frozen=True, slots=True)
class _Waiting:
    pid: int
    event: str


@collector(
    Runs(LISTED_BUSY),
    Privilege("PROCESS", "PROCESS"),
    SeesStatements(),
    every=timedelta(seconds=1),
)
def session_samples(db: SqlSession) -> Snapshot[SessionSample]:
    seen = others(db, busy_sessions(db))
    texts, events = db.keep(MysqlActivityTexts), _events(db)
    programs = db.keep(Programs).of(db, (each.pid for each in seen))
    rows = tuple(
        _sample(each, texts.of(each.raw), events.get(each.pid, ""), programs[each.pid])
        for each in seen
        if each.user not in _UNKNOWN_USERS and not quiet(each)
    )
    return Snapshot(db.now(), rows)


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
