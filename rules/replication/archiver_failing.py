"""Log archiving fails."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.postgres.archiver import Archiver
from collectors.session import Server
from collectors.snapshot import Snapshot
from rules.base import Confidence, Finding, Remedy, Severity, Subject, rule
from rules.wording import duration


@rule(
    title="Log archiving fails",
    severity=Severity.HIGH,
    confidence=Confidence.VALIDATED,
    see=("https://www.postgresql.org/docs/current/continuous-archiving.html",),
)
def archiver_failing(
    archiver: Snapshot[Archiver], server: Server, *, urgent_seconds: float = 3600
) -> Iterator[Finding]:
    """The last attempt to archive a log file failed, and none has succeeded since.

    Why it matters
        There is no recovery to a point after the last archived file. Files that wait for the
        archive are never removed: they fill the disk, and a full disk stops every write.

    What to do
        The server log has what the archive command said. Usual causes: a full or unreachable
        target, a changed credential, a file of that name that already exists.

    When to ignore
        While the archive's storage is in maintenance and the disk has room.
    """
    for row in archiver.rows:
        if row.enabled and row.last_failed_at is not None:
            archived_at = row.last_archived_at
            if archived_at is None or row.last_failed_at > archived_at:
                yield _finding(row, archiver.taken_at, server, urgent_seconds)


def _finding(row: Archiver, now: float, server: Server, urgent_seconds: float) -> Finding:
    since = None if row.last_archived_at is None else max(0.0, now - row.last_archived_at)
    success = (
        "no file was archived yet"
        if since is None
        else f"the last success is {duration(since)} ago"
    )
    failed_ago = max(0.0, now - row.last_failed_at) if row.last_failed_at is not None else None
    urgent = since is not None and since > urgent_seconds
    return Finding(
        subject=Subject("server", server.name),
        severity=Severity.CRITICAL if urgent else None,
        summary=f"Archiving fails ({row.failed:,} attempts counted): {success}.",
        evidence={
            "failed_attempts": row.failed,
            "archived_files": row.archived,
            "since_failure_seconds": failed_ago,
            "since_success_seconds": since,
        },
        remedy=Remedy(
            text=(
                "Read the archiver's errors in the server log, run archive_command (or check "
                "archive_library) by hand as the server's user, and mend what it says. The server "
                "tries again each minute by itself."
            ),
            statements=(
                "SELECT last_failed_wal, last_failed_time, last_archived_wal, last_archived_time "
                "FROM pg_stat_archiver;",
                "SELECT count(*) FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready';",
            ),
            risk="None: both only read. Never delete files from pg_wal to make room.",
            verify="Within 2 min last_archived_time passes last_failed_time; then .ready files go "
            "away.",
            rollback="None needed: nothing is changed on the server.",
        ),
    )
