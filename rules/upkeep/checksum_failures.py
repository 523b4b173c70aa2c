"""Pages that are not what was written."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.postgres.databases import Database
from collectors.session import Server
from collectors.snapshot import Snapshot
from rules.base import Confidence, Finding, Remedy, Severity, Subject, rule
from rules.locks.blockers import counted


@rule(
    title="Data pages are corrupt",
    severity=Severity.CRITICAL,
    confidence=Confidence.VALIDATED,
    see=("https://www.postgresql.org/docs/current/checksums.html",),
)
def checksum_failures(databases: Snapshot[Database], server: Server) -> Iterator[Finding]:
    """The server read pages whose checksum does not fit their content.

    Why it matters
        Storage, memory or the file system changed data behind the server's back. Reads of these
        pages fail now; backups taken since may hold the damage, and more pages may follow.

    What to do
        Keep every backup, find out which files are hit from the server's log, fail over to a
        replica that is sound, and replace the storage. Do not run VACUUM FULL or
        zero_damaged_pages before a copy of the data folder is made.

    When to ignore
        Never while it grows. Once the damage is mended, reset the counter with
        pg_stat_reset() in that database; it counts until then.
    """
    for row in databases.rows:
        if row.checksum_failures:
            name = row.database or "the shared catalogs"
            yield Finding(
                subject=Subject("database", name, row.database),
                summary=f"{counted(row.checksum_failures, 'read')} in {name} met pages with a "
                "wrong checksum.",
                evidence={
                    "checksum_failures": row.checksum_failures,
                    "counting_since_at": row.counting_since,
                },
                remedy=_remedy(server),
            )


def _remedy(server: Server) -> Remedy:
    if server.platform != "self-managed":
        return Remedy(
            text="Open a support case now, keep all snapshots, and restore to a point in time "
            "before the first failure in the log, beside the running instance.",
            risk="A restored instance lacks what was written since: compare before switching.",
            verify="For a week checksum_failures of pg_stat_database stands still on the instance "
            "in use.",
            rollback="None needed: the old instance stays.",
        )
    return Remedy(
        text="Fail over to a replica whose own checksum_failures is 0, or restore a backup from "
        "before the first failure beside this server. Then check this machine's disks and "
        "memory. pg_checksums lists every bad block of the stopped server.",
        statements=(
            "SELECT datname, checksum_failures, checksum_last_failure FROM pg_stat_database "
            "WHERE checksum_failures > 0;",
            "pg_checksums --check -D DATA-FOLDER  # on a stopped server or a copy",
        ),
        risk="pg_checksums needs the server stopped and reads everything: minutes to hours.",
        verify="For a week checksum_failures stands still; a full pg_dump to /dev/null ends "
        "without error.",
        rollback="None possible: keep the damaged data folder until the data is proved complete.",
    )
