"""Commits wait for the disk or for a standby."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.postgres.databases import Database
from collectors.session import Server
from collectors.snapshot import Activity
from collectors.snapshots.sessions import SessionLoad
from rules.base import Finding, Gain, Impact, Remedy, Severity, Subject, rule
from rules.sessions.waiting import waiting
from rules.wording import duration, share

_FEWEST_SESSIONS = 1.0


@rule(
    title="Commits wait for the disk or a standby",
    severity=Severity.MEDIUM,
    see=("https://www.postgresql.org/docs/current/wal-configuration.html",),
)
def commit_waits(
    load: SessionLoad,
    databases: Activity[Database] | None,
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
        those transactions only.

    When to ignore
        Many small commits on a disk that flushes fast: they share flushes, and the wait is
        the price of safety.
    """
    disk = waiting(load, "IO", "WALSync", "WALWrite", "XactSync")
    queue = waiting(load, "LWLock", "WALWrite")
    standby = waiting(load, "IPC", "SyncRep")
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
        remedy=Remedy(
            text=(
                "Put many changes into one transaction instead of one each; then give the log "
                "a faster disk, or the standby a nearer place. Only where the last fraction of a "
                "second may be lost, run these transactions with synchronous_commit off."
            ),
            statements=("SET LOCAL synchronous_commit = off; -- in transactions that may be lost",),
            risk="No lock. With it off, a crash loses the last commits (about 0.6 s); nothing is "
            "corrupt.",
            verify="Within an hour IO:WALSync, LWLock:WALWrite and IPC:SyncRep are below 30 % of "
            "the load.",
            rollback="Leave the SET LOCAL out.",
        ),
    )


def _seconds_each(sessions: float, databases: Activity[Database] | None) -> float | None:
    """By Little's law; None where the load was not watched over the span of the commits."""
    if databases is None or databases.accumulated or databases.seconds <= 0:
        return None
    commits = sum(database.commits for database in databases.rows)
    return sessions / (commits / databases.seconds) if commits else None
