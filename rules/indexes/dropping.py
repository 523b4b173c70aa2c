"""How to drop an index without stopping anybody, and how much one that is dropped weighs."""

from __future__ import annotations

from collectors.snapshots.schema import Index
from rules.base import Remedy, Severity
from rules.wording import literal, qualified, size

_SMALL_BYTES = 10 * 2**20
BIG_BYTES = 2**30
_CONCURRENTLY = (
    "SHARE UPDATE EXCLUSIVE lock: reads and writes go on. Takes seconds, but first waits for "
    "transactions that use the table."
)
_OF_PARTITIONED = (
    "ACCESS EXCLUSIVE lock on the table and all its partitions for milliseconds; CONCURRENTLY "
    "does not exist for partitioned tables."
)


def severity_of(wasted_bytes: float) -> Severity:
    """Context under 10 MB, this week from 1 GB, else backlog."""
    if wasted_bytes < _SMALL_BYTES:
        return Severity.INFO
    return Severity.MEDIUM if wasted_bytes >= BIG_BYTES else Severity.LOW


def drop(index: Index, text: str, risk: str) -> Remedy:
    """The remedy that drops one index; `risk` is what may become slower or break."""
    name = qualified(index.schema, index.index)
    # An index has a page at least; that of a partitioned table has none of its own.
    partitioned = index.size_bytes == 0
    return Remedy(
        text=text,
        statements=("SET lock_timeout = '2s';", f"DROP INDEX {name};")
        if partitioned
        else (f"DROP INDEX CONCURRENTLY {name};",),
        risk=f"{_OF_PARTITIONED if partitioned else _CONCURRENTLY} {risk}",
        verify=(
            f"At once {size(index.size_bytes)} are free and this gives NULL: "
            f"SELECT to_regclass({literal(name)}); over the next day statements on the table keep "
            "their mean."
        ),
        rollback=concurrently(index.definition),
    )


def concurrently(definition: str) -> str:
    """The statement that makes the index again while the table is written to."""
    words = definition.replace(" INDEX ", " INDEX CONCURRENTLY ", 1).rstrip(";")
    return f"{words};"
