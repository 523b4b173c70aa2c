"""An index that a wider one makes needless."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from collectors.snapshot import Snapshot
from collectors.snapshots.schema import Index
from rules.base import Finding, Gain, Impact, Severity, Subject, rule
from rules.indexes.catalogue import by_table
from rules.indexes.coverage import covers, duplicates, expendable
from rules.indexes.dropping import drop, severity_of
from rules.wording import size


@rule(
    title="An index is the beginning of another",
    severity=Severity.LOW,
    see=("https://www.postgresql.org/docs/current/indexes-multicolumn.html",),
)
def redundant_index(indexes: Snapshot[Index], *, narrow_advantage: float = 3) -> Iterator[Finding]:
    """The columns of an index are the first columns of a wider one, which serves its searches.

    Why it matters
        Each write keeps both up to date, and both take disk and cache.

    What to do
        Drop the narrow one. Searches and orders by its columns go through the wide one.

    When to ignore
        The narrow index is much smaller and is the busier of the two: reading fewer pages may
        be worth its upkeep. That is why such pairs are left out.
    """
    for narrow, wide in _pairs(indexes.rows):
        busier = (narrow.scans or 0) > (wide.scans or 0)
        if busier and wide.size_bytes > narrow_advantage * narrow.size_bytes:
            continue
        yield Finding(
            subject=Subject("index", narrow.name, narrow.database),
            summary=(
                f"Drop {narrow.name} ({size(narrow.size_bytes)}): {wide.name} begins with the same "
                "columns."
            ),
            evidence={
                "table": f"{narrow.schema}.{narrow.table}",
                "kept": wide.name,
                "columns": ", ".join(narrow.columns),
                "kept_columns": ", ".join(wide.columns),
                "size_bytes": narrow.size_bytes,
                "kept_size_bytes": wide.size_bytes,
                "scans": narrow.scans,
                "kept_scans": wide.scans,
            },
            severity=severity_of(narrow.size_bytes),
            impact=Impact(Gain.SPACE, narrow.size_bytes),
            remedy=drop(
                narrow,
                f"Drop {narrow.name}: {wide.name} serves its searches and its order.",
                f"Scans move to {wide.index}, which is {size(wide.size_bytes)} against "
                f"{size(narrow.size_bytes)}: long range scans read more pages.",
            ),
        )


def _pairs(indexes: Iterable[Index]) -> Iterator[tuple[Index, Index]]:
    """Each index that is the beginning of another, beside the smallest such other."""
    for group in by_table(indexes).values():
        for narrow in filter(expendable, group):
            wider = [
                w
                for w in group
                if covers(w, narrow) and not duplicates(w, narrow) and not w.building
            ]
            if wider:
                yield narrow, min(wider, key=lambda w: (w.size_bytes, w.oid))
