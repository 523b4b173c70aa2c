"""Too little shared memory for the blocks that are asked for."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.postgres.databases import Database
from collectors.session import Server
from collectors.snapshot import Activity, Snapshot
from collectors.snapshots.settings import Setting
from rules.base import Confidence, Finding, Remedy, Severity, Subject, rule
from rules.settings.values import MB, number
from rules.wording import set_parameter, share, size

_BUILT_IN_BYTES = 128 * MB
_SMALL_RATIO = 0.15
_GOOD_HIT_RATIO = 0.95
_QUICK_READ_SESSIONS = 0.1


@rule(
    title="Shared buffers are too small",
    severity=Severity.MEDIUM,
    see=("https://www.postgresql.org/docs/current/runtime-config-resource.html",),
)
def shared_buffers_small(
    databases: Activity[Database],
    settings: Snapshot[Setting],
    server: Server,
    *,
    read_bytes_per_second: float = 20 * MB,
) -> Iterator[Finding]:
    """Blocks are read again and again from outside, and shared buffers are far below the usual.

    Why it matters
        Each read from outside costs a system call and a copy at best, a wait for the disk at
        worst, and evicts a block that another statement will ask for.

    What to do
        Mend statements that read far more than they return first: they fill any cache. Then
        give shared buffers about a quarter of the memory; it takes a restart.

    When to ignore
        One-off loads and dumps. Where other programs need the memory. Amazon Aurora sizes it.
        Where the memory of the machine is unknown, it fires only at the built-in 128 MB.
    """
    current = number(settings, "shared_buffers")
    if current is None or server.platform == "aurora" or not _small(current, server.memory_bytes):
        return
    seen = _reads(databases)
    if seen["read_bytes_per_second"] < read_bytes_per_second or not _felt(seen):
        return
    yield Finding(
        subject=Subject("setting", "shared_buffers"),
        summary=f"shared_buffers is {size(current)}; {size(seen['read_bytes_per_second'])} a "
        f"second are read from outside, {share(seen['hit_ratio'])} of blocks are found inside.",
        evidence={
            "shared_buffers_bytes": current,
            "memory_bytes": server.memory_bytes,
            "window_seconds": databases.seconds,
            **seen,
        },
        severity=Severity.MEDIUM if server.memory_bytes else Severity.LOW,
        confidence=Confidence.ESTIMATED if server.memory_bytes else Confidence.HEURISTIC,
        remedy=_remedy(server, current),
    )


def _small(current: float, memory: int | None) -> bool:
    return current < _SMALL_RATIO * memory if memory else current <= _BUILT_IN_BYTES


def _reads(databases: Activity[Database]) -> dict[str, float]:
    read = sum(d.shared_read_bytes for d in databases.rows)
    hit = sum(d.shared_hit_bytes for d in databases.rows)
    waited = sum(d.block_read_seconds for d in databases.rows)
    seconds = databases.seconds or float("inf")
    return {
        "read_bytes_per_second": read / seconds,
        "hit_ratio": hit / (hit + read) if hit + read else 1.0,
        "read_wait_sessions": waited / seconds,
    }


def _felt(seen: dict[str, float]) -> bool:
    """Many misses, and if reads are timed, somebody waits for them."""
    waited = seen["read_wait_sessions"]
    return seen["hit_ratio"] < _GOOD_HIT_RATIO and (not waited or waited >= _QUICK_READ_SESSIONS)


def _remedy(server: Server, current: float) -> Remedy:
    megabytes = round((server.memory_bytes or 0) / 4 / MB)
    value = (
        f"{megabytes}MB" if server.platform == "self-managed" else "{DBInstanceClassMemory/32768}"
    )
    text = (
        "Look at read-heavy-statement findings first; then set shared_buffers to a quarter of the "
        "memory of the machine at the next restart."
    )
    known: tuple[str, ...] = ()
    if megabytes or server.platform == "rds":
        known = set_parameter(server, "shared_buffers", value, apply="restart")
    before = set_parameter(server, "shared_buffers", f"{current / MB:.0f}MB", apply="restart")
    return Remedy(
        text=text,
        statements=known,
        risk="Needs a restart: seconds to minutes without the server, and a cold cache after it. "
        "Too large a value lets the system swap.",
        verify="An hour later the read rate is below half of the evidence.",
        rollback=" ".join(before),
    )
