"""Sessions beside the InnoDB transactions they are in: what several collectors start from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, TypeVar

from collectors.base import Right
from collectors.mysql.needs import Reads, instrumented
from collectors.session import (
    ConnectionLost,
    PermissionDenied,
    QueryTimeout,
    Server,
    SessionError,
    SqlSession,
)
from collectors.variants import Variants

Row = TypeVar("Row")

# So many that wait for rows are a crowd: in one queue each waits for all before it.
CROWD: Final = 100
UNSHOWN: Final = (
    "the server can't show its transactions now; a statement that runs holds text that is not "
    "valid in its character set"
)
# InnoDB writes times in the time zone of the machine, whatever the session's is.
TRANSACTION = """
       CAST(x.trx_id AS CHAR) AS trx,
       x.trx_state,
       GREATEST(0, UNIX_TIMESTAMP(NOW(6)) - UNIX_TIMESTAMP(
           CONVERT_TZ(x.trx_started, 'SYSTEM', '+00:00'))) + 0e0 AS transaction_seconds,
       GREATEST(0, UNIX_TIMESTAMP(NOW(6)) - UNIX_TIMESTAMP(
           CONVERT_TZ(x.trx_wait_started, 'SYSTEM', '+00:00'))) + 0e0 AS row_wait_seconds,
       x.trx_isolation_level AS isolation,
       x.trx_rows_modified AS rows_modified,
       x.trx_rows_locked AS rows_locked
"""

# A procedure's CALL is shown as the statement it is at, as the process list does. Texts are taken
# as bytes: one that is not valid in its character set would fail the whole question.
# Appliers stand under the name of who started them.
_INSTRUMENTED = """
    SELECT t.PROCESSLIST_ID AS pid,
           IF(t.NAME RLIKE '^thread/sql/(replica|slave)_', 'system user', t.PROCESSLIST_USER)
               AS user,
           COALESCE(t.PROCESSLIST_DB, '') AS `database`,
           COALESCE(t.PROCESSLIST_COMMAND, '') AS command,
           COALESCE(t.PROCESSLIST_STATE, '') AS status,
           GREATEST(0, t.PROCESSLIST_TIME) + 0e0 AS state_seconds,
           COALESCE(IF(s.END_EVENT_ID IS NULL, s.TIMER_WAIT / 1e12, NULL),
                    GREATEST(0, t.PROCESSLIST_TIME)) + 0e0 AS statement_seconds,
           COALESCE(IF(s.EVENT_NAME = 'statement/sql/call_procedure',
                       CAST(t.PROCESSLIST_INFO AS BINARY), NULL),
                    CAST(s.DIGEST_TEXT AS BINARY),
                    CAST(s.SQL_TEXT AS BINARY),
                    CAST(t.PROCESSLIST_INFO AS BINARY),
                    CAST('' AS BINARY)) AS raw,
           COALESCE(RIGHT(CAST(t.PROCESSLIST_INFO AS BINARY), 14)
                    = CAST('/* dbtriage */' AS BINARY), 0) AS own,
{transaction}
      FROM performance_schema.threads t
      LEFT JOIN performance_schema.events_statements_current s
             ON s.THREAD_ID = t.THREAD_ID AND s.NESTING_EVENT_LEVEL = 0
{joined}
     WHERE t.PROCESSLIST_ID <> CONNECTION_ID()
       AND t.PROCESSLIST_COMMAND NOT IN ('Daemon', 'Binlog Dump', 'Binlog Dump GTID')
       {narrowed}
"""

_LISTED = """
    SELECT p.ID AS pid,
           p.USER AS user,
           COALESCE(p.DB, '') AS `database`,
           p.COMMAND AS command,
           COALESCE(p.STATE, '') AS status,
           GREATEST(0, {seconds}) + 0e0 AS state_seconds,
           GREATEST(0, {seconds}) + 0e0 AS statement_seconds,
           COALESCE(CAST(p.INFO AS BINARY), CAST('' AS BINARY)) AS raw,
           COALESCE(RIGHT(CAST(p.INFO AS BINARY), 14)
                    = CAST('/* dbtriage */' AS BINARY), 0) AS own,
{transaction}
      FROM information_schema.processlist p
{joined}
     WHERE p.ID <> CONNECTION_ID()
       AND p.COMMAND NOT IN ('Daemon', 'Binlog Dump', 'Binlog Dump GTID')
       {narrowed}
"""


_JOINED = "      LEFT JOIN information_schema.innodb_trx x ON x.trx_mysql_thread_id = {pid}"
_NO_TRANSACTION = """
       NULL AS trx,
       NULL AS trx_state,
       NULL AS transaction_seconds,
       NULL AS row_wait_seconds,
       NULL AS isolation,
       NULL AS rows_modified,
       NULL AS rows_locked
"""


def _instrumented(narrowed: str, *, alone: bool = False) -> Variants:
    """`alone`: without the transactions."""
    joined = "" if alone else _JOINED.format(pid="t.PROCESSLIST_ID")
    transaction = _NO_TRANSACTION if alone else TRANSACTION
    sql = _INSTRUMENTED.format(transaction=transaction, joined=joined, narrowed=narrowed)
    return Variants({"mysql >= 5.7": sql})


def _listed(narrowed: str, *, alone: bool = False) -> Variants:
    shared = {
        "joined": "" if alone else _JOINED.format(pid="p.ID"),
        "transaction": _NO_TRANSACTION if alone else TRANSACTION,
        "narrowed": narrowed,
    }
    seconds = {"mysql >= 5.7": "p.TIME", "mariadb >= 10.5": "p.TIME_MS / 1000"}
    return Variants({p: _LISTED.format(seconds=time, **shared) for p, time in seconds.items()})


_RUNS = "AND t.PROCESSLIST_COMMAND <> 'Sleep'"
_LISTED_RUNS = "AND p.COMMAND <> 'Sleep'"
INSTRUMENTED = _instrumented("")
INSTRUMENTED_ALONE = _instrumented("", alone=True)
INSTRUMENTED_BUSY = _instrumented("AND (t.PROCESSLIST_COMMAND <> 'Sleep' OR x.trx_id IS NOT NULL)")
INSTRUMENTED_RUNNING = _instrumented(_RUNS, alone=True)
LISTED = _listed("")
LISTED_ALONE = _listed("", alone=True)
LISTED_BUSY = _listed("AND (p.COMMAND <> 'Sleep' OR x.trx_id IS NOT NULL)")
LISTED_RUNNING = _listed(_LISTED_RUNS, alone=True)


@dataclass(frozen=True, slots=True)
class OpenSession:
    """One session; what is of its transaction is None without. `status` is the server's word."""

    pid: int
    user: str | None
    database: str
    command: str
    status: str
    state_seconds: float | None
    statement_seconds: float | None
    raw: str
    own: bool
    trx: str | None
    trx_state: str | None
    transaction_seconds: float | None
    row_wait_seconds: float | None
    isolation: str | None
    rows_modified: int | None
    rows_locked: int | None

    @property
    def sleeps(self) -> bool:
        return self.command == "Sleep"

    @property
    def logs_in(self) -> bool:
        """Nothing is known of it yet."""
        return self.user in (None, "unauthenticated user")

    @property
    def replicates(self) -> bool:
        return self.user == "system user"

    @property
    def state(self) -> str:
        """In PostgreSQL's words."""
        if not self.sleeps:
            return "active"
        return "idle in transaction" if self.trx else "idle"

    @property
    def waits_for_row(self) -> bool:
        return self.trx_state == "LOCK WAIT"

    @property
    def holds_snapshot(self) -> bool:
        """It may: the server does not say which transactions have a read view.

        With REPEATABLE READ the first plain SELECT makes one that lasts as long as the
        transaction; with READ COMMITTED it lasts as long as the statement.
        """
        if self.isolation == "READ COMMITTED":
            return not self.sleeps
        return self.isolation == "REPEATABLE READ"


@dataclass(frozen=True, slots=True)
class Sessions:
    """`gaps`: what could not be read of them."""

    rows: tuple[OpenSession, ...]
    gaps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SeesStatements(Right):
    """Where performance_schema is on, MySQL's sessions are read from it."""

    def unmet(self, server: Server) -> str | None:
        if server.engine == "mysql" and instrumented(server):
            return Reads("performance_schema").unmet(server)
        return None


def busy_sessions(db: SqlSession) -> Sessions:
    """Those that run something, or idle inside an InnoDB transaction; not the one that asks."""
    if _in_performance_schema(db.server):
        return _read(db, INSTRUMENTED_BUSY, INSTRUMENTED_RUNNING)
    return _read(db, LISTED_BUSY, LISTED_RUNNING)


def all_sessions(db: SqlSession) -> Sessions:
    """With those that do nothing."""
    if _in_performance_schema(db.server):
        return _read(db, INSTRUMENTED, INSTRUMENTED_ALONE)
    return _read(db, LISTED, LISTED_ALONE)


def running_sessions(db: SqlSession) -> tuple[OpenSession, ...]:
    """Those that run something, without their transactions."""
    instrumented = _in_performance_schema(db.server)
    return _one_each(db.rows(INSTRUMENTED_RUNNING if instrumented else LISTED_RUNNING, OpenSession))


def _read(db: SqlSession, query: Variants, alone: Variants) -> Sessions:
    if (found := with_transactions(db, query, OpenSession)) is not None:
        return Sessions(_one_each(found))
    gap = f"{UNSHOWN}; row locks and idle transactions are not seen"
    return Sessions(_one_each(db.rows(alone, OpenSession)), (gap,))


def with_transactions(db: SqlSession, query: Variants, into: type[Row]) -> tuple[Row, ...] | None:
    """None if MySQL answers nothing of innodb_trx: a text in it does not fit its character set."""
    try:
        return db.rows(query, into)
    except (ConnectionLost, PermissionDenied, QueryTimeout):
        raise
    except SessionError:
        if db.server.engine != "mysql":
            raise
        return None


def _in_performance_schema(server: Server) -> bool:
    """MariaDB's process list knows more, and takes no lock that others need."""
    return server.engine == "mysql" and instrumented(server)


def _one_each(rows: Iterable[OpenSession]) -> tuple[OpenSession, ...]:
    """A statement may read the dictionary in a second transaction, younger than its own."""
    found: dict[int, OpenSession] = {}
    for each in rows:
        before = found.get(each.pid)
        if before is None or (each.transaction_seconds or 0) > (before.transaction_seconds or 0):
            found[each.pid] = each
    return tuple(found.values())
