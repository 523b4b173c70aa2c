"""An index that nothing searches."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.snapshot import Snapshot
from collectors.snapshots.replication import Replica
from collectors.snapshots.schema import ForeignKey, Index
from rules.base import Confidence, Finding, Gain, Impact, Severity, Subject, rule
from rules.indexes.coverage import expendable, key_columns, serves_key
from rules.indexes.dropping import drop
from rules.wording import size

_DAY_SECONDS = 86400.0


@rule(
    title="An index is never used",
    severity=Severity.MEDIUM,
    see=("https://www.postgresql.org/docs/current/monitoring-stats.html",),
)
def unused_index(
    indexes: Snapshot[Index],
    foreign_keys: Snapshot[ForeignKey],
    replicas: Snapshot[Replica] | None,
    *,
    minimum_bytes: float = 10 * 2**20,
    minimum_days: float = 30,
) -> Iterator[Finding]:
    """No statement has searched this index for a month or more.

    Why it matters
        Every insert, and every update that is not HOT, pays for it: about 3 microseconds and
        100 bytes of log a row. It takes disk, cache and backup time, and makes vacuum slower.

    What to do
        Look at the same counters on every replica: each server counts its own scans only.
        Then drop it, and keep the statement that makes it again.

    When to ignore
        The index is newer than the time it was watched, or it serves a yearly job. Indexes that
        back a constraint, a foreign key or a replica identity are left out.
    """
    keyed = key_columns(foreign_keys.rows)
    elsewhere = bool(replicas and replicas.rows)
    for index in indexes.rows:
        if not (expendable(index) and index.valid and index.size_bytes >= minimum_bytes):
            continue
        days = _unused_days(index, indexes)
        if days is None or days < minimum_days or serves_key(index, keyed):
            continue
        yield _finding(index, days, elsewhere=elsewhere)


def _unused_days(index: Index, indexes: Snapshot[Index]) -> float | None:
    """How long it was watched and not scanned; None where that is not known."""
    since = index.last_scan_at if index.scans else indexes.counting_since
    return None if since is None else (indexes.taken_at - since) / _DAY_SECONDS


def _finding(index: Index, days: float, *, elsewhere: bool) -> Finding:
    check = (
        " Other servers replicate this database: check the index's scans on each of them first, "
        "their queries are not counted here. Drop it on the primary."
        if elsewhere
        else ""
    )
    return Finding(
        subject=Subject("index", index.name, index.database),
        summary=(
            f"{index.name} was not scanned for {days:,.0f} days and takes {size(index.size_bytes)}."
        ),
        evidence={
            "table": f"{index.schema}.{index.table}",
            "size_bytes": index.size_bytes,
            "scans": index.scans,
            "unused_days": days,
            "replicas_uncounted": elsewhere,
        },
        confidence=Confidence.HEURISTIC if elsewhere else None,
        impact=Impact(Gain.SPACE, index.size_bytes),
        remedy=drop(
            index,
            f"Drop {index.name}: nothing has searched it for {days:.0f} days.{check}",
            "A rare statement (end of year, emergency report) that needs it turns into a "
            "sequential scan.",
        ),
    )
