"""A transaction works for minutes or hours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from collectors.session import Server
from collectors.snapshot import Snapshot
from collectors.snapshots.sessions import SessionSample
from collectors.snapshots.transactions import HorizonHolder
from rules.base import SQL, Confidence, Finding, Gain, Impact, Remedy, Severity, Subject, rule
from rules.locks.blockers import counted, grouped, pids, who
from rules.locks.ending_sessions import roll_back, roll_back_risk, undo_size
from rules.wording import duration

_TOOLS = (
    *("dbtriage", "pg_dump", "pg_restore", "pg_basebackup"),
    *("mysqldump", "mariadb-dump", "mydumper", "xtrabackup", "mariadb-backup"),
)
_OLD_SNAPSHOT_TRANSACTIONS = 1_000_000
_BETWEEN_STATEMENTS_SECONDS = 60
_UPKEEP = ("vacuum", "analyze", "create index", "create unique index", "reindex", "cluster")
_MYSQL_UPKEEP = ("alter table", "optimize", "check table", "repair", "load data")


@rule(
    title="A transaction runs for long",
    severity=Severity.MEDIUM,
    confidence=Confidence.VALIDATED,
    engines=SQL,
    see=(
        "https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-SPACE-RECOVERY",
        "https://dev.mysql.com/doc/refman/8.4/en/innodb-multi-versioning.html",
        "https://mariadb.com/kb/en/innodb-undo-log/",
    ),
)
def long_transaction(
    samples: Snapshot[SessionSample],
    holders: Snapshot[HorizonHolder] | None,
    server: Server,
    *,
    tolerated_seconds: float = 300,
    urgent_seconds: float = 3600,
) -> Iterator[Finding]:
    """A transaction is at work for minutes, and keeps its locks and its snapshot.

    Why it matters
        Rows that others delete or update meanwhile can't be cleaned up, so tables and indexes
        grow and queries slow down. Its locks stay until it ends.

    What to do
        Work in batches that commit every few seconds. Give reports a replica. Limit the
        statements of interactive roles with statement_timeout (MySQL: max_execution_time for
        SELECT, MariaDB: max_statement_time).

    When to ignore
        Reports and batches at a quiet hour. Dumps, VACUUM and index builds are not told, nor
        anything on a replica; idle transactions are told by idle-in-transaction.
    """
    if server.is_replica:
        return
    ages = {h.id: h.transaction_age for h in holders.rows} if holders else {}
    long = (
        (who(s.user, s.application, s.database), s)
        for s in samples.rows
        if _at_work(s, server) and (s.transaction_seconds or 0.0) > tolerated_seconds
    )
    for subject, group in grouped(long).items():
        group.sort(key=_longest_first)
        age = max(ages.get(str(s.pid), 0) for s in group)
        urgent = -_longest_first(group[0]) > urgent_seconds or age > _OLD_SNAPSHOT_TRANSACTIONS
        yield _finding(subject, group, Severity.HIGH if urgent else None, server)


def _at_work(sample: SessionSample, server: Server) -> bool:
    """Neither a victim of a lock, nor idle for more than the moment between two statements."""
    if sample.backend_type != "client backend" or sample.wait_type == "Lock":
        return False
    upkeep = _UPKEEP if server.engine == "postgres" else (*_UPKEEP, *_MYSQL_UPKEEP)
    if sample.application.startswith(_TOOLS) or sample.query.lower().startswith(upkeep):
        return False
    return sample.state == "active" or (sample.state_seconds or 0.0) < _BETWEEN_STATEMENTS_SECONDS


def _longest_first(sample: SessionSample) -> float:
    return -(sample.transaction_seconds or 0.0)


def _finding(
    subject: Subject, group: Sequence[SessionSample], severity: Severity | None, server: Server
) -> Finding:
    longest = group[0]
    running = longest.transaction_seconds or 0.0
    return Finding(
        subject=subject,
        severity=severity,
        summary=(
            f"{counted(len(group), 'session')} of {subject.name} (pid {longest.pid}) "
            f"{'is' if len(group) == 1 else 'are'} in one transaction for up to "
            f"{duration(running)}."
        ),
        evidence={
            "sessions": len(group),
            "transaction_seconds": running,
            "statement_seconds": longest.statement_seconds,
            "holds_horizon": longest.holds_horizon,
            "wait": f"{longest.wait_type}:{longest.wait_event}".rstrip(":"),
            "pids": pids(sample.pid for sample in group[:10]),
            "query": longest.query,
        },
        impact=Impact(Gain.SESSIONS, len(group)),
        remedy=Remedy(
            text=(
                "Ask its owner whether it may be stopped; it is not stuck. Then split it into "
                "batches that commit, or move the report to a replica."
            ),
            statements=(*undo_size(server, longest.pid), roll_back(server, longest.pid)),
            risk=roll_back_risk(server),
            verify=f"At the next look pid {longest.pid} runs no transaction that old.",
            rollback="None possible: the client runs the stopped work again.",
        ),
    )
