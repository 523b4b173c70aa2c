"""What is asked of sessions: with or without their transactions, of all or of those at work."""

from __future__ import annotations

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
