"""Transactions with more than 64 savepoints slow down everybody's snapshots."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.session import Server
from collectors.snapshots.sessions import SessionLoad
from rules.base import Finding, Remedy, Severity, Subject, rule
from rules.sessions.waiting import waiting


@rule(
    title="Savepoints overflow the transaction cache",
    severity=Severity.HIGH,
    see=("https://www.postgresql.org/docs/current/subxacts.html",),
)
def savepoint_overflow(
    load: SessionLoad,
    server: Server,
    *,
    tolerated_ratio: float = 0.05,
    tolerated_sessions: float = 0.25,
) -> Iterator[Finding]:
    """Sessions wait for the table that tells which transaction a savepoint belongs to.

    Why it matters
        A transaction with over 64 open subtransactions (savepoints, PL/pgSQL blocks with
        EXCEPTION) no longer fits the shared cache. While it is open, every other session looks
        up row versions in a slow table; one long reader beside it can stop a replica.

    What to do
        Find who makes savepoints: JDBC autosave=always, nested transactions of an object
        mapper, EXCEPTION blocks in loops. Commit every few dozen of them, or do without.

    When to ignore
        During one migration that ends by itself.
    """
    found = waiting(load, "LWLock", "Subtrans")
    if not found.exceeds(tolerated_ratio, tolerated_sessions):
        return
    yield Finding(
        subject=Subject("server", server.name),
        summary=(
            f"{found.words} wait for subtransactions: some transaction has over 64 savepoints."
        ),
        evidence=found.evidence,
        impact=found.impact,
        remedy=Remedy(
            text=(
                "Remove savepoints around single statements (JDBC autosave, nested transactions of "
                "an object mapper, EXCEPTION blocks in loops), and commit before 64 of them. From "
                "PostgreSQL 16 on the query names the sessions at fault."
            ),
            statements=(_CULPRITS,) if server.at_least(16) else (),
            risk="None for the query; code without savepoints must handle errors itself.",
            verify="Within an hour of the release LWLock:SubtransSLRU and LWLock:SubtransBuffer "
            "are gone from the active waits.",
            rollback="Deploy the previous build.",
        ),
    )


_CULPRITS = (
    "SELECT a.pid, a.usename, a.application_name, s.subxact_count "
    "FROM pg_stat_get_backend_idset() AS b(id), "
    "pg_stat_get_backend_subxact(b.id) AS s, pg_stat_activity AS a "
    "WHERE a.pid = pg_stat_get_backend_pid(b.id) AND s.subxact_overflowed;"
)
