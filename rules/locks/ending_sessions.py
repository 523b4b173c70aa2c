"""How to stop a statement or a session, and how to see that nobody waits, on each server."""

from __future__ import annotations

from collectors.session import Server
from rules.mysql_wording import reset_variable, set_variable
from rules.wording import quoted

_IDLE_SECONDS = 60

_STILL_WAITING = {
    "postgres": "SELECT count(*) FROM pg_stat_activity WHERE pg_blocking_pids(pid) <> '{}';",
    "mysql": "SELECT count(*) FROM sys.innodb_lock_waits;",
    "mariadb": "SELECT count(*) FROM information_schema.innodb_lock_waits;",
}
_END = {
    ("postgres", False): "SELECT pg_terminate_backend({});",
    ("postgres", True): "SELECT pg_terminate_backend({});",
    ("mysql", False): "KILL {};",
    ("mysql", True): "CALL mysql.rds_kill({});",
}
_CANCEL = {
    ("postgres", False): "SELECT pg_cancel_backend({});",
    ("postgres", True): "SELECT pg_cancel_backend({});",
    ("mysql", False): "KILL QUERY {};",
    ("mysql", True): "CALL mysql.rds_kill_query({});",
}


def end(server: Server, pid: int) -> str:
    """Close the connection; its transaction is rolled back."""
    return _END[_dialect(server)].format(pid)


def cancel(server: Server, pid: int) -> str:
    """Stop the running statement; the connection stays."""
    return _CANCEL[_dialect(server)].format(pid)


def roll_back(server: Server, pid: int) -> str:
    """The mildest way to make a busy session give its locks back.

    A cancelled statement aborts the transaction on PostgreSQL, but keeps it open on MySQL.
    """
    return cancel(server, pid) if server.engine == "postgres" else end(server, pid)


def roll_back_risk(server: Server) -> str:
    if server.engine == "postgres":
        return "The client loses its uncommitted work; PostgreSQL rolls back at once."
    return "The client loses its uncommitted work; undoing it takes about as long as doing it took."


def when_free(server: Server) -> str:
    """When the waiters go on, after the session that blocks them was ended."""
    return "at once" if server.engine == "postgres" else "once its work is undone"


def undo_size(server: Server, pid: int) -> tuple[str, ...]:
    """The query that tells how many rows a rollback has to undo, where that takes time."""
    if server.engine == "postgres":
        return ()
    return (
        "SELECT trx_rows_modified FROM information_schema.innodb_trx "
        f"WHERE trx_mysql_thread_id = {pid};",
    )


def who_waits(server: Server) -> str:
    """The query that shows who waits for whose row locks, on MySQL and MariaDB."""
    if server.engine == "mysql":
        return (
            "SELECT locked_table, locked_index, waiting_pid, waiting_query, blocking_pid, "
            "blocking_query, wait_age_secs FROM sys.innodb_lock_waits;"
        )
    return (
        "SELECT l.lock_table, l.lock_index, r.trx_mysql_thread_id AS waiting_pid, "
        "r.trx_query AS waiting_query, b.trx_mysql_thread_id AS blocking_pid, "
        "b.trx_query AS blocking_query FROM information_schema.innodb_lock_waits w "
        "JOIN information_schema.innodb_locks l ON l.lock_id = w.requested_lock_id "
        "JOIN information_schema.innodb_trx r ON r.trx_id = w.requesting_trx_id "
        "JOIN information_schema.innodb_trx b ON b.trx_id = w.blocking_trx_id;"
    )


def nobody_waits(server: Server) -> str:
    """What to expect afterwards, and the query that counts the waiting sessions."""
    return f"Within 10 s this gives 0: {_STILL_WAITING[server.engine]}"


def nobody_waits_for_metadata() -> str:
    return (
        "Within 10 s this gives 0: SELECT count(*) FROM information_schema.processlist "
        "WHERE state LIKE 'Waiting for%lock%';"
    )


def idle_limit_words(server: Server) -> str:
    """What to do about transactions left open, as the last words of a remedy."""
    code = "find where the application leaves one open"
    if server.engine == "postgres":
        return f"Then have the server end idle transactions of this role, and {code}."
    if limit_idle_transactions(server, None):
        return f"Then have the server end transactions that idle for a minute, and {code}."
    return f"Then {code}: a forgotten commit, or autocommit off."


def limit_idle_transactions(server: Server, user: str | None) -> tuple[str, ...]:
    """Have the server end transactions that idle for a minute itself; MySQL can't.

    Empty where it does so already.
    """
    if server.engine == "postgres" and user:
        limit = "SET idle_in_transaction_session_timeout = '60s'"
        return (f"ALTER ROLE {quoted(user)} {limit};",)
    if server.engine == "mariadb" and not 0 < _idle_limit_seconds(server) <= _IDLE_SECONDS:
        return set_variable(server, "idle_transaction_timeout", str(_IDLE_SECONDS))
    return ()


def unlimit_idle_transactions(server: Server, user: str | None) -> str:
    """Take `limit_idle_transactions` back; empty where that does nothing."""
    if not limit_idle_transactions(server, user):
        return ""
    if server.engine == "postgres" and user:
        return f"ALTER ROLE {quoted(user)} RESET idle_in_transaction_session_timeout;"
    was = str(_idle_limit_seconds(server))
    return reset_variable(server, "idle_transaction_timeout", was)


def _idle_limit_seconds(server: Server) -> int:
    return int(server.settings.get("idle_transaction_timeout") or 0)


def _dialect(server: Server) -> tuple[str, bool]:
    engine = "postgres" if server.engine == "postgres" else "mysql"
    return engine, server.platform != "self-managed"
