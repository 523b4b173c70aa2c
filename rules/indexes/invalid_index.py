"""What a failed CREATE INDEX CONCURRENTLY leaves behind."""

from __future__ import annotations

import re
from collections.abc import Iterator

from collectors.postgres.postgres_table import PostgresTable
from collectors.snapshot import Snapshot
from collectors.snapshots.schema import Index
from rules.base import Confidence, Finding, Gain, Impact, Remedy, Severity, Subject, rule
from rules.indexes.catalogue import place
from rules.wording import literal, qualified, size

# What REINDEX CONCURRENTLY calls its unfinished new and its leftover old copy.
_LEFTOVER = re.compile(r"_cc(new|old)\d*$")


@rule(
    title="An index is invalid",
    severity=Severity.HIGH,
    confidence=Confidence.VALIDATED,
    see=(
        "https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY",
        "https://www.postgresql.org/docs/current/sql-reindex.html#SQL-REINDEX-CONCURRENTLY",
    ),
)
def invalid_index(
    indexes: Snapshot[Index], tables: Snapshot[PostgresTable] | None
) -> Iterator[Finding]:
    """A build with CONCURRENTLY failed and left an index that no query may use.

    Why it matters
        Whoever made it believes that it helps. It does not, and most are still kept up to date
        by each write; a unique one may still reject rows.

    What to do
        Find out why the build failed (a duplicate key, a cancelled session, a timeout). Then
        build it again, or drop it where it is a leftover of REINDEX.

    When to ignore
        An index of a partitioned table that waits for its partitions' indexes (left out).
    """
    rows = tables.rows if tables else ()
    parents = {place(t) for t in rows if t.kind == "partitioned table"}
    for index in indexes.rows:
        if index.valid or index.building or place(index) in parents:
            continue
        yield Finding(
            subject=Subject("index", index.name, index.database),
            summary=(
                f"{index.name} ({size(index.size_bytes)}) on {index.schema}.{index.table} is "
                "invalid: no query uses "
                f"it{', but each write maintains it' if index.ready else ''}."
            ),
            evidence={
                "table": f"{index.schema}.{index.table}",
                "size_bytes": index.size_bytes,
                "maintained": index.ready,
                "unique": index.unique,
            },
            impact=Impact(Gain.SPACE, index.size_bytes),
            remedy=_leftover(index) if _LEFTOVER.search(index.index) else _rebuild(index),
        )


def _leftover(index: Index) -> Remedy:
    name = qualified(index.schema, index.index)
    return Remedy(
        text=f"Drop {index.name}: it is a leftover of REINDEX CONCURRENTLY. Then run that again.",
        statements=(f"DROP INDEX CONCURRENTLY {name};",),
        risk="SHARE UPDATE EXCLUSIVE lock: reads and writes go on. Takes seconds.",
        verify=f"At once this gives NULL: SELECT to_regclass({literal(name)});",
        rollback="None needed: no query could use it.",
    )


def _rebuild(index: Index) -> Remedy:
    name = qualified(index.schema, index.index)
    duplicates = " Remove the duplicate keys first, or it fails again." if index.unique else ""
    return Remedy(
        text=(
            f"Build {index.name} again; to give it up, DROP INDEX CONCURRENTLY {name}.{duplicates}"
        ),
        statements=(f"REINDEX INDEX CONCURRENTLY {name};",),
        risk=(
            "SHARE UPDATE EXCLUSIVE lock: reads and writes go on, other DDL and VACUUM of the "
            "table wait. Minutes for each 100 GB of table; waits for transactions older than it. "
            f"Needs disk for one more copy ({size(index.size_bytes)} so far)."
        ),
        verify=(
            "When it ends this gives true: "
            f"SELECT indisvalid FROM pg_index WHERE indexrelid = {literal(name)}::regclass;"
        ),
        rollback=f"DROP INDEX CONCURRENTLY {name};",
    )
