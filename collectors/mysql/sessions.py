"""Sessions beside the InnoDB transactions they are in: what several collectors start from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

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
      LEFT JOIN information_schema.innodb_trx x ON x.trx_mysql_thread_id = t.PROCESSLIST_ID
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
      LEFT JOIN information_schema.innodb_trx x ON x.trx_mysql_thread_id = p.ID
     WHERE p.ID <> CONNECTION_ID()
       AND p.COMMAND NOT IN ('Daemon', 'Binlog Dump', 'Binlog Dump GTID')
       {narrowed}
"""


def _instrumented(narrowed: str) -> Variants:
    sql = _INSTRUMENTED.format(transaction=TRANSACTION, narrowed=narrowed)
    return Variants({"mysql >= 5.7": sql})


def _listed(narrowed: str) -> Variants:
    return Variants(
        {
            product: _LISTED.format(transaction=TRANSACTION, narrowed=narrowed, seconds=seconds)
            for product, seconds in (
                ("mysql >= 5.7", "p.TIME"),
                ("mariadb >= 10.5", "p.TIME_MS / 1000"),
            )
        }
    )


INSTRUMENTED = _instrumented("")
INSTRUMENTED_BUSY = _instrumented("AND (t.PROCESSLIST_COMMAND <> 'Sleep' OR x.trx_id IS NOT NULL)")
LISTED = _listed("")
# MySQL answers nothing of innodb_trx while a text in it is not valid in its character set.
_NO_TRANSACTIONS = """
       NULL AS trx,
       NULL AS trx_state,
       NULL AS transaction_seconds,
       NULL AS row_wait_seconds,
       NULL AS isolation,
       NULL AS rows_modified,
       NULL AS rows_locked
"""
_JOIN = "LEFT JOIN information_schema.innodb_trx x ON x.trx_mysql_thread_id = t.PROCESSLIST_ID"
_ALONE = _INSTRUMENTED.replace(_JOIN, "")
INSTRUMENTED_ALONE = Variants(
    {"mysql >= 5.7": _ALONE.format(transaction=_NO_TRANSACTIONS, narrowed="")}
)
LISTED_BUSY = _listed("AND (p.COMMAND <> 'Sleep' OR x.trx_id IS NOT NULL)")


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
class SeesStatements:
    """Where performance_schema is on, MySQL's sessions are read from it."""

    def unmet(self, server: Server) -> str | None:
        if server.engine == "mysql" and instrumented(server):
            return Reads("performance_schema").unmet(server)
        return None


def busy_sessions(db: SqlSession) -> tuple[OpenSession, ...]:
    """Those that run something, or idle inside an InnoDB transaction; not the one that asks."""
    if _in_performance_schema(db.server):
        found = _instrumented_sessions(db, INSTRUMENTED_BUSY)
        return tuple(each for each in found if each.trx or not each.sleeps)
    return _one_each(db.rows(LISTED_BUSY, OpenSession))


def all_sessions(db: SqlSession) -> tuple[OpenSession, ...]:
    """With those that do nothing."""
    if _in_performance_schema(db.server):
        return _instrumented_sessions(db, INSTRUMENTED)
    return _one_each(db.rows(LISTED, OpenSession))


def _instrumented_sessions(db: SqlSession, query: Variants) -> tuple[OpenSession, ...]:
    try:
        return _one_each(db.rows(query, OpenSession))
    except (ConnectionLost, PermissionDenied, QueryTimeout):
        raise
    except SessionError:
        return _one_each(db.rows(INSTRUMENTED_ALONE, OpenSession))


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
