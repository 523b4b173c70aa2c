"""Indexes that were hidden for a trial and forgotten."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.mysql.auto_increment import AutoIncrement
from collectors.session import Server
from collectors.snapshot import Snapshot
from collectors.snapshots.schema import ForeignKey, Index
from rules.base import MYSQL, Confidence, Finding, Gain, Impact, Severity, Subject, rule
from rules.indexes.catalogue import called
from rules.indexes.coverage import expendable
from rules.indexes.key_needs import named, needed_by_keys
from rules.indexes.mysql_dropping import drop, show
from rules.wording import size


@rule(
    title="A hidden index is still kept up to date",
    severity=Severity.LOW,
    confidence=Confidence.VALIDATED,
    see=(
        "https://dev.mysql.com/doc/refman/8.4/en/invisible-indexes.html",
        "https://mariadb.com/kb/en/ignored-indexes/",
    ),
    engines=MYSQL,
)
def invisible_index_left(
    indexes: Snapshot[Index],
    foreign_keys: Snapshot[ForeignKey],
    numbered: Snapshot[AutoIncrement] | None,
    server: Server,
    *,
    minimum_bytes: float = 10 * 2**20,
) -> Iterator[Finding]:
    """No statement can use an INVISIBLE or IGNORED index, but each write pays for it.

    Why it matters
        Hidden is meant for a trial before the drop. The index takes disk, cache and time of
        each insert and delete all the while.

    What to do
        If nothing got slower in the week since it was hidden, drop it; else show it again.

    When to ignore
        The trial has just begun, or sessions switch it on (use_invisible_indexes). Unique
        indexes, and those a foreign key needs, do their work unseen and are left out.
    """
    needed = needed_by_keys(server, indexes.rows, foreign_keys.rows, numbered)
    for index in indexes.rows:
        if index.visible or not expendable(index) or named(index) in needed:
            continue
        name = called(server, index)
        yield Finding(
            subject=Subject("index", name, index.database),
            summary=(
                f"{name} ({size(index.size_bytes)}) is hidden from the planner and still "
                "written to."
            ),
            evidence={
                "table": f"{index.schema}.{index.table}",
                "size_bytes": index.size_bytes,
            },
            severity=Severity.INFO if index.size_bytes < minimum_bytes else None,
            impact=Impact(Gain.SPACE, index.size_bytes),
            remedy=drop(
                index,
                f"If a week has passed since {name} was hidden, drop it. To give it back: "
                f"{show(server, index)}",
                "None for the planner, which does not use it now.",
            ),
        )
