"""A statement that logs far more than it changes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from collectors.snapshot import Activity
from collectors.snapshots.statements import Statement
from rules.base import Finding, Remedy, Severity, rule
from rules.statements.by_digest import BLOCK_BYTES, DigestCost, by_digest
from rules.wording import share, size

_WRITES = re.compile(r"\b(insert|update|delete|merge)\b", re.IGNORECASE)
_LEAST_ROWS = 100
_MOSTLY = 0.5


@rule(
    title="A statement writes far more log than data",
    severity=Severity.MEDIUM,
    see=("https://www.postgresql.org/docs/current/storage-hot.html",),
)
def write_amplification(
    statements: Activity[Statement],
    *,
    wal_bytes_per_row: float = 10 * 1024,
    wal_bytes_per_second: float = 1024 * 1024,
) -> Iterator[Finding]:
    """A statement makes ten kilobytes of write-ahead log or more for each row it changes.

    Why it matters
        Log is written, synced, archived and sent to each replica. An update that changes one
        number should log some hundred bytes.

    What to do
        Where row and index changes make it: fewer indexes, narrower rows, keys that grow
        instead of random ones, no update of columns that do not change. Where images of full
        pages make it: fewer checkpoints.

    When to ignore
        Rows that really are that wide (documents, images). Just after a checkpoint each page
        is logged whole once; a longer window evens that out.
    """
    for cost in by_digest(statements):
        wal, rows = cost.total.wal_bytes or 0, cost.total.rows or 0
        if cost.total.own or cost.upkeep or rows < _LEAST_ROWS or not cost.seconds:
            continue
        heavy = wal / cost.seconds >= wal_bytes_per_second
        if heavy and wal / rows >= wal_bytes_per_row and _WRITES.search(cost.total.query):
            yield _finding(cost, wal, wal / rows)


def _finding(cost: DigestCost[Statement], wal: int, per_row: float) -> Finding:
    images = cost.total.wal_full_page_images or 0
    images_ratio = min(1.0, images * BLOCK_BYTES / wal)
    rate = wal / cost.seconds
    return Finding(
        subject=cost.subject,
        summary=f"{cost.name} logs {size(per_row)} a changed row, {size(rate)} a second; "
        f"full page images are about {share(images_ratio)} of it.",
        evidence=cost.evidence(
            wal_bytes_per_row=per_row,
            wal_bytes_per_second=rate,
            rows_per_call=cost.per_call(cost.total.rows),
            full_page_images=images,
            full_page_images_ratio=images_ratio,
        ),
        severity=Severity.LOW if images_ratio >= _MOSTLY else Severity.MEDIUM,
        remedy=_images_remedy() if images_ratio >= _MOSTLY else _rows_remedy(),
    )


def _images_remedy() -> Remedy:
    return Remedy(
        text="Let each page be logged whole less often: raise max_wal_size and "
        "checkpoint_timeout if checkpoints are forced (see forced-checkpoints), and compress the "
        "images (see wal-compression-off). Random keys touch a new page for almost each row: "
        "prefer keys that grow, such as bigint identity or UUID version 7.",
        risk="Fewer checkpoints make recovery after a crash longer.",
        verify="In the next window wal_fpi a call of this statement falls by half or more.",
        rollback="Put the old values back.",
    )


def _rows_remedy() -> Remedy:
    return Remedy(
        text="Find out what makes each row cost that much: count the indexes of the table (each "
        "adds a record a row, measured about 100 bytes of log), look for wide columns that are "
        "rewritten whole (large jsonb), and drop what unused-index and redundant-index name.",
        risk="A statement that needed a dropped index gets slower: see the finding about it.",
        verify="In the next window wal_bytes a row of this statement falls.",
        rollback="Make the index again from its definition.",
    )
