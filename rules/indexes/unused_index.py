"""An index that nothing searches."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.mysql.auto_increment import AutoIncrement
from collectors.session import Server
from collectors.snapshot import Snapshot
from collectors.snapshots.replication import Replica
from collectors.snapshots.schema import ForeignKey, Index
from rules.base import (
    MYSQL,
    SQL,
    Confidence,
    Finding,
    Gain,
    Impact,
    Remedy,
    Severity,
    Subject,
    rule,
)
from rules.indexes.catalogue import called
from rules.indexes.coverage import expendable, searched
from rules.indexes.dropping import drop
from rules.indexes.key_needs import named, needed_by_keys
from rules.indexes.mysql_dropping import hide_then_drop
from rules.wording import size

_DAY_SECONDS = 86400.0
# What is searched by them is not counted as rows read.
_UNCOUNTED = ("fulltext", "spatial", "rtree")


@rule(
    title="An index is never used",
    severity=Severity.MEDIUM,
    see=(
        "https://www.postgresql.org/docs/current/monitoring-stats.html",
        "https://dev.mysql.com/doc/refman/8.4/en/invisible-indexes.html",
        "https://mariadb.com/kb/en/ignored-indexes/",
    ),
    engines=SQL,
)
def unused_index(  # noqa: PLR0913
    indexes: Snapshot[Index],
    foreign_keys: Snapshot[ForeignKey],
    replicas: Snapshot[Replica] | None,
    numbered: Snapshot[AutoIncrement] | None,
    server: Server,
    *,
    minimum_bytes: float = 10 * 2**20,
    minimum_days: float = 30,
) -> Iterator[Finding]:
    """No statement has searched this index for a month or more.

    Why it matters
        Every insert, and every update that is not HOT, pays for it: about 3 microseconds and
        100 bytes of log a row. It takes disk, cache and backup time, and makes vacuum slower.
        On MySQL and MariaDB each insert and delete, and updates of its columns, pay for it.

    What to do
        Look at the same counters on every replica: each server counts its own scans only.
        Then drop it, and keep the statement that makes it again. On MySQL 8 and MariaDB 10.6
        hide it for a week first.

    When to ignore
        The index is newer than the time it was watched, or it serves a yearly job. Indexes that
        back a constraint, a foreign key or a replica identity are left out. MariaDB counts no
        search that finds nothing, and checks of foreign keys are counted nowhere.
    """
    needed = needed_by_keys(server, indexes.rows, foreign_keys.rows, numbered)
    elsewhere = server.is_replica or bool(replicas and replicas.rows)
    for index in indexes.rows:
        if index.size_bytes < minimum_bytes or not _judged(index):
            continue
        days = _unused_days(index, indexes)
        if days is not None and days >= minimum_days and named(index) not in needed:
            yield _finding(server, index, days, elsewhere=elsewhere)


def _judged(index: Index) -> bool:
    """A hidden one has its own rule; one whose use is not counted says nothing."""
    counted = (index.scans, index.rows_read) != (None, None) and index.method not in _UNCOUNTED
    return counted and index.visible and index.valid and expendable(index)


def _unused_days(index: Index, indexes: Snapshot[Index]) -> float | None:
    """How long it was watched and not scanned; None where that is not known."""
    since = index.last_scan_at if searched(index) else indexes.counting_since
    return None if since is None else (indexes.taken_at - since) / _DAY_SECONDS


def _finding(server: Server, index: Index, days: float, *, elsewhere: bool) -> Finding:
    ours = server.engine in MYSQL
    name = called(server, index)
    said = "gave no row to any statement" if ours else "was not scanned"
    use = {"rows_read": index.rows_read} if ours else {"scans": index.scans}
    return Finding(
        subject=Subject("index", name, index.database),
        summary=f"{name} {said} for {days:,.0f} days and takes {size(index.size_bytes)}.",
        evidence={
            "table": f"{index.schema}.{index.table}",
            "size_bytes": index.size_bytes,
            **use,
            "unused_days": days,
            "replicas_uncounted": elsewhere,
        },
        confidence=Confidence.HEURISTIC if elsewhere else None,
        impact=Impact(Gain.SPACE, index.size_bytes),
        remedy=_of_mysql(server, index, days)
        if ours
        else _of_postgres(index, days, elsewhere=elsewhere),
    )


def _of_postgres(index: Index, days: float, *, elsewhere: bool) -> Remedy:
    check = (
        " Other servers replicate this database: check the index's scans on each of them first, "
        "their queries are not counted here. Drop it on the primary."
        if elsewhere
        else ""
    )
    return drop(
        index,
        f"Drop {index.name}: nothing has searched it for {days:.0f} days.{check}",
        "A rare statement (end of year, emergency report) that needs it turns into a "
        "sequential scan.",
    )


def _of_mysql(server: Server, index: Index, days: float) -> Remedy:
    return hide_then_drop(
        server,
        index,
        f"Drop {called(server, index)}: no statement has read a row through it for {days:.0f} "
        "days. A replica counts for itself: look at rows_read of the same index on each replica, "
        "then change the source.",
        "A rare statement (end of year, emergency report) that needs it reads the whole table.",
    )
