"""How to stop a statement or a session, and how to see that nobody waits, on each server."""

from __future__ import annotations

from collectors.session import Server
from rules.wording import quoted

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


def nobody_waits(server: Server) -> str:
    """What to expect afterwards, and the query that counts the waiting sessions."""
    return f"Within 10 s this gives 0: {_STILL_WAITING[server.engine]}"


def limit_idle_transactions(server: Server, user: str | None) -> tuple[str, ...]:
    """Have the server end transactions that idle for a minute itself; MySQL can't."""
    if server.engine == "postgres" and user:
        limit = "SET idle_in_transaction_session_timeout = '60s'"
        return (f"ALTER ROLE {quoted(user)} {limit};",)
    if server.engine == "mariadb" and server.platform == "self-managed":
        return ("SET GLOBAL idle_transaction_timeout = 60;",)
    return ()


def unlimit_idle_transactions(server: Server, user: str | None) -> str:
    """Take `limit_idle_transactions` back; empty where that does nothing."""
    if not limit_idle_transactions(server, user):
        return ""
    if server.engine == "postgres" and user:
        return f"ALTER ROLE {quoted(user)} RESET idle_in_transaction_session_timeout;"
    return "SET GLOBAL idle_transaction_timeout = 0;"


def _dialect(server: Server) -> tuple[str, bool]:
    engine = "postgres" if server.engine == "postgres" else "mysql"
    return engine, server.platform != "self-managed"
