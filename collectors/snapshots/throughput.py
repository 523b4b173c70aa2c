"""What a server, or one of its databases, got done."""

from __future__ import annotations

from collectors.fields import counter, label, row


@row
class Throughput:
    """Transactions and sessions; `database` is empty where only the whole server is counted."""

    database: str = label()
    commits: int = counter("Transactions committed.")
    rollbacks: int = counter("Transactions rolled back.")
    deadlocks: int | None = counter("Deadlocks broken.")
    sessions: int | None = counter("Sessions begun, where counted.")
    sessions_abandoned: int | None = counter("Sessions whose client vanished.")
    sessions_fatal: int | None = counter("Sessions ended by a fatal error.")
    sessions_killed: int | None = counter("Sessions ended by an operator.")
