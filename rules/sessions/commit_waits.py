"""Commits wait for the disk or for a standby."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.mysql.status import Status
from collectors.session import Server
from collectors.snapshot import Activity
from collectors.snapshots.sessions import SessionLoad
from collectors.snapshots.throughput import Throughput
from rules.base import SQL, Finding, Gain, Impact, Remedy, Severity, Subject, rule
from rules.sessions.waiting import Waiting, waiting
from rules.wording import duration, share

_FEWEST_SESSIONS = 1.0
# Semi-synchronous replicas, and the other members of a cluster.
_REPLICA_EVENTS = ("semi-sync", "certification", "flow control", "cond/semisync")


@rule(
    title="Commits wait for the disk or a standby",
    severity=Severity.MEDIUM,
    engines=SQL,
    see=(
        "https://www.postgresql.org/docs/current/wal-configuration.html",
        "https://dev.mysql.com/doc/refman/8.4/en/innodb-parameters.html#sysvar_innodb_flush_log_at_trx_commit",
        "https://mariadb.com/kb/en/group-commit-for-the-binary-log/",
    ),
)
def commit_waits(
    load: SessionLoad,
    databases: Activity[Throughput] | None,
    server: Server,
    *,
    tolerated_ratio: float = 0.3,
    tolerated_commit_seconds: float = 0.02,
) -> Iterator[Finding]:
    """A large part of the sessions waits for its commit to be safe on disk or on a standby.

    Why it matters
        A commit ends when its log is flushed (and confirmed by a synchronous standby). At that
        point a faster statement helps nothing: throughput is bound by the flush.

    What to do
        Commit less often: many rows a transaction instead of one. Put the log on a faster disk.
        Where losing the last fraction of a second is allowed, set synchronous_commit = off for
        those transactions only (MySQL: innodb_flush_log_at_trx_commit and sync_binlog weaken
        the whole server, which is a decision of the data's owner).

    When to ignore
        Many small commits on a disk that flushes fast: they share flushes, and the wait is
        the price of safety.
    """
    disk, queue, standby = _waits(load, server)
    sessions = disk.sessions + queue.sessions + standby.sessions
    ratio = disk.share_ratio + queue.share_ratio + standby.share_ratio
    if ratio < tolerated_ratio or sessions < _FEWEST_SESSIONS:
        return
    each = _seconds_each(sessions, databases)
    slow = each is not None and each >= tolerated_commit_seconds
    where = "a standby" if standby.sessions > sessions / 2 else "the disk"
    yield Finding(
        subject=Subject("server", server.name),
        severity=Severity.MEDIUM if slow else Severity.LOW,
        summary=(
            f"{sessions:.2g} sessions on average ({share(ratio)} of the load) wait for {where} "
            f"to commit{f', {duration(each)} each time' if each is not None else ''}."
        ),
        evidence={
            "disk_sessions": disk.sessions + queue.sessions,
            "standby_sessions": standby.sessions,
            "share_ratio": ratio,
            "wait_seconds_per_commit": each,
            "digest": disk.digest or standby.digest or None,
        },
        impact=Impact(Gain.TIME, sessions * 3600),
        remedy=_REMEDY if server.engine == "postgres" else _mysql_remedy(server),
    )


_REMEDY = Remedy(
    text=(
        "Put many changes into one transaction instead of one each; then give the log "
        "a faster disk, or the standby a nearer place. Only where the last fraction of a "
        "second may be lost, run these transactions with synchronous_commit off."
    ),
    statements=("SET LOCAL synchronous_commit = off; -- in transactions that may be lost",),
    risk="No lock. With it off, a crash loses the last commits (about 0.6 s); nothing is corrupt.",
    verify="Within an hour IO:WALSync, LWLock:WALWrite and IPC:SyncRep are below 30 % of the load.",
    rollback="Leave the SET LOCAL out.",
)


def _mysql_remedy(server: Server) -> Remedy:
    binlog = server.settings.get("log_bin") == "ON"
    logs = "the redo log and the binary log" if binlog else "the redo log"
    return Remedy(
        text=(
            "Put many changes into one transaction instead of one each: commits that come "
            f"together share a flush. Then give {logs} a faster disk. Weaker settings "
            "(innodb_flush_log_at_trx_commit, sync_binlog) lose confirmed commits in a crash and "
            "are a decision of the data's owner, not a cure."
        ),
        risk="No change on the server. Bigger transactions hold their locks for longer: some "
        "hundred rows each.",
        verify="Within an hour waits of the type Commit are below 30 % of the load.",
        rollback="Deploy the previous build.",
    )


def _waits(load: SessionLoad, server: Server) -> tuple[Waiting, Waiting, Waiting]:
    """For the disk, for others who flush, and for a standby."""
    if server.engine == "postgres":
        return (
            waiting(load, "IO", "WALSync", "WALWrite", "XactSync"),
            waiting(load, "LWLock", "WALWrite"),
            waiting(load, "IPC", "SyncRep"),
        )
    replica = waiting(load, "Commit", *_REPLICA_EVENTS)
    all_commits = waiting(load, "Commit", "")
    disk = Waiting(
        all_commits.sessions - replica.sessions,
        all_commits.share_ratio - replica.share_ratio,
        all_commits.digest,
    )
    return disk, Waiting(0.0, 0.0, ""), replica


def _commits(row: Throughput) -> int:
    """On MySQL at most so many: statements that commit by themselves are counted nowhere."""
    if isinstance(row, Status):
        return row.commits + row.inserts + row.updates + row.deletes
    return row.commits


def _seconds_each(sessions: float, databases: Activity[Throughput] | None) -> float | None:
    """By Little's law; None where the load was not watched over the span of the commits."""
    if databases is None or databases.accumulated or databases.seconds <= 0:
        return None
    commits = sum(_commits(row) for row in databases.rows)
    return sessions / (commits / databases.seconds) if commits else None
