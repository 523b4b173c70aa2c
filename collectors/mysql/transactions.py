"""Open InnoDB transactions: how old, how large, and what they do."""

from __future__ import annotations

from collectors.fields import gauge, label, note, row


@row(exported=False)
class InnodbTransaction:
    """A line of information_schema.innodb_trx. An XA transaction without a session is pid 0."""

    database: str = label()
    pid: int = note("Connection id.")
    user: str | None = note()
    application: str = note("program_name of the client, else its host.")
    state: str = note("active, idle in transaction, prepared, or lock wait.")
    isolation: str = note("READ COMMITTED, REPEATABLE READ, …")
    open_seconds: float = gauge("How long it is open.")
    state_seconds: float | None = gauge("How long its session is in this state.")
    rows_modified: int = gauge("Rows it changed: what a rollback has to undo.")
    rows_locked: int = gauge("Rows it holds locked, about.")
    holds_snapshot: bool = note("Its read view keeps old row versions from being purged.")
    query: str = note("Its current statement, else its last, normalised; empty if not told.")
