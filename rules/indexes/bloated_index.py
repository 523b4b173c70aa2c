"""A b-tree of half-empty pages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from collectors.snapshot import Snapshot
from collectors.snapshots.schema import Column, Index
from rules.base import Confidence, Finding, Gain, Impact, Remedy, Severity, Subject, rule
from rules.indexes.btree_size import fresh_bytes
from rules.indexes.catalogue import Place, place
from rules.indexes.dropping import BIG_BYTES
from rules.wording import literal, qualified, share, size


@rule(
    title="An index is bloated",
    severity=Severity.LOW,
    confidence=Confidence.ESTIMATED,
    see=(
        "https://www.postgresql.org/docs/current/routine-reindex.html",
        "https://www.postgresql.org/docs/current/pgstattuple.html",
    ),
)
def bloated_index(
    indexes: Snapshot[Index],
    columns: Snapshot[Column],
    *,
    minimum_bytes: float = 100 * 2**20,
    minimum_ratio: float = 0.5,
) -> Iterator[Finding]:
    """A b-tree takes at least twice the room that its entries need.

    Why it matters
        Half-empty pages fill the cache, and each scan, vacuum and backup reads them.

    What to do
        Confirm with pgstatindex (it reads the index once), then rebuild it beside the old one.

    When to ignore
        Leaf density between 50 and 70 % is normal for an index with random inserts. Space that
        a queue empties and fills again each day need not be given back.
    """
    columns_of: dict[Place, dict[str, Column]] = defaultdict(dict)
    for column in columns.rows:
        columns_of[place(column)][column.column] = column
    for index in indexes.rows:
        fresh = fresh_bytes(index, columns_of[place(index)])
        if fresh is None or not index.valid or index.building:
            continue
        wasted = index.size_bytes - fresh
        if wasted >= minimum_bytes and wasted >= minimum_ratio * index.size_bytes:
            yield _finding(index, fresh)


def _finding(index: Index, fresh: float) -> Finding:
    wasted = index.size_bytes - fresh
    return Finding(
        subject=Subject("index", index.name, index.database),
        summary=(
            f"{index.name} takes {size(index.size_bytes)} for entries that need {size(fresh)}: "
            f"about {share(wasted / index.size_bytes)} is empty."
        ),
        evidence={
            "table": f"{index.schema}.{index.table}",
            "size_bytes": index.size_bytes,
            "estimated_needed_bytes": round(fresh),
            "empty_bytes": round(wasted),
            "empty_ratio": wasted / index.size_bytes,
            "entries": index.rows,
        },
        severity=Severity.MEDIUM if wasted >= BIG_BYTES else None,
        impact=Impact(Gain.SPACE, wasted),
        remedy=_remedy(index, fresh),
    )


def _remedy(index: Index, fresh: float) -> Remedy:
    name = qualified(index.schema, index.index)
    return Remedy(
        text=(
            "Rebuild the index while it is in use. First confirm: pgstatindex should show an "
            "avg_leaf_density under 50."
        ),
        statements=(f"REINDEX INDEX CONCURRENTLY {name};",),
        risk=(
            "SHARE UPDATE EXCLUSIVE lock: reads and writes go on, other DDL and VACUUM of the "
            f"table wait. Minutes for each 100 GB. Needs {size(fresh)} of free disk. Cancelled, it "
            "leaves an invalid index named *_ccnew to drop."
        ),
        verify=(
            f"Afterwards this gives about {round(fresh):,}: SELECT "
            f"pg_relation_size({literal(name)}); this gives under 50 before and about 90 "
            "afterwards: CREATE EXTENSION IF NOT EXISTS pgstattuple; SELECT avg_leaf_density FROM "
            f"pgstatindex({literal(name)});"
        ),
        rollback="None needed: the rebuilt index is the same index.",
    )
