"""A planner that believes in less cache than there is."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.postgres.postgres_table import PostgresTable
from collectors.session import Server
from collectors.snapshot import Activity, Snapshot
from collectors.snapshots.settings import Setting
from rules.base import Confidence, Finding, Remedy, Severity, Subject, rule
from rules.settings.values import BLOCK_BYTES, number
from rules.wording import reset_parameter, set_parameter, size

_SMALL_RATIO = 0.4


@rule(
    title="The planner believes in too little cache",
    severity=Severity.LOW,
    confidence=Confidence.HEURISTIC,
    see=("https://www.postgresql.org/docs/current/runtime-config-query.html",),
)
def effective_cache_size_small(
    tables: Activity[PostgresTable],
    settings: Snapshot[Setting],
    server: Server,
    *,
    least_scans_per_hour: float = 10.0,
) -> Iterator[Finding]:
    """Tables larger than effective_cache_size are scanned whole, and there is more memory.

    Why it matters
        The planner takes index scans on large tables for disk reads and prefers to read the
        whole table, although most of it is in memory.

    What to do
        Set effective_cache_size to about half or three quarters of the memory. It allocates
        nothing: it only tells the planner.

    When to ignore
        Where other programs use most of the memory. Where memory is not known it is quiet.
    """
    current = number(settings, "effective_cache_size")
    memory = server.memory_bytes
    if current is None or not memory or current >= _SMALL_RATIO * memory or not tables.seconds:
        return
    large = [t for t in tables.rows if t.heap_bytes > current and t.index_bytes]
    scans = sum(t.seq_scans for t in large) / tables.seconds * 3600
    if large and scans >= least_scans_per_hour:
        biggest = max(large, key=lambda t: t.heap_bytes)
        yield Finding(
            subject=Subject("setting", "effective_cache_size"),
            summary=f"effective_cache_size is {size(current)} of {size(memory)} memory, and larger "
            f"tables such as {biggest.name} are scanned whole {scans:,.0f} times an hour.",
            evidence={
                "effective_cache_size_bytes": current,
                "memory_bytes": memory,
                "large_tables": len(large),
                "biggest_heap_bytes": biggest.heap_bytes,
                "scans_per_hour": scans,
            },
            remedy=_remedy(server, current, memory),
        )


def _remedy(server: Server, current: float, memory: int) -> Remedy:
    blocks = str(memory * 6 // 10 // BLOCK_BYTES)
    return Remedy(
        text=f"Set effective_cache_size to {size(memory * 0.6)} (in blocks of 8 kB below).",
        statements=set_parameter(server, "effective_cache_size", blocks),
        risk="No lock, no restart, no memory. Plans may change: compare the top statements.",
        verify="Within an hour scans of the large tables are fewer, and the mean of statements on "
        "them falls.",
        rollback=reset_parameter(server, "effective_cache_size", f"{current / BLOCK_BYTES:.0f}"),
    )
