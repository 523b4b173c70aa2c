"""Pages are read again and again, beside memory that nobody uses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from collectors.mysql.innodb import Innodb
from collectors.session import Server
from collectors.snapshot import Activity, Snapshot
from collectors.snapshots.settings import Setting
from rules.base import MYSQL, Confidence, Finding, Remedy, Severity, Subject, rule
from rules.settings.mysql_values import change, needs_restart, undo, variable
from rules.settings.values import MB, number
from rules.wording import share, size

_NAME = "innodb_buffer_pool_size"
_BUILT_IN_BYTES = 128 * MB
_FREE_RATIO = 0.05
_WAITS_PER_SECOND = 1.0
# Amazon gives the pool three quarters of less than the machine has, or half of a small one.
_MANAGED_RATIO = 0.4
_MANAGED_FORMULA = "{DBInstanceClassMemory*3/4}"
_STALLS = "Resizing takes seconds to minutes, during which sessions may stall for moments. "


@rule(
    title="The buffer pool is too small",
    severity=Severity.MEDIUM,
    engines=MYSQL,
    see=(
        "https://dev.mysql.com/doc/refman/8.4/en/innodb-buffer-pool-resize.html",
        "https://mariadb.com/kb/en/innodb-buffer-pool/",
    ),
)
def buffer_pool_too_small(
    innodb: Activity[Innodb],
    settings: Snapshot[Setting],
    server: Server,
    *,
    tolerated_reads_per_second: float = 100,
    tolerated_miss_ratio: float = 0.01,
) -> Iterator[Finding]:
    """The pool is full, pages are read from disk all the time, and there is memory to give it.

    Why it matters
        A page that is not in the pool costs a read from disk, and throws out another that will
        be asked for again. Where no page is free, sessions wait until one is written out.

    What to do
        First mend the statements that read far more than they return: they empty any pool. Then
        raise innodb_buffer_pool_size in steps, to at most three quarters of the memory of a
        machine that serves nothing else.

    When to ignore
        One-off loads, dumps and the first hour after a restart. Where other programs need the
        memory. Where the memory of the machine is not known, it speaks only of a pool of 128 MB
        (the built-in default) or less. Amazon's own formula is left alone.
    """
    current = variable(settings, _NAME)
    if current is None or not current.number or server.platform == "aurora":
        return
    target = _target(current.number, server)
    for row in innodb.rows:
        seen = _seen(row, innodb.seconds)
        missed = (
            seen["page_reads_per_second"] > tolerated_reads_per_second
            and seen["miss_ratio"] > tolerated_miss_ratio
        )
        waited = seen["free_page_waits_per_second"] > _WAITS_PER_SECOND
        full = row.buffer_pool_free_bytes <= _kept_free(row, settings)
        if target is not None and full and (missed or waited):
            yield _finding(_resized(current, target, settings), target, server, seen)


def _target(current: float, server: Server) -> float | None:
    """Bytes to go to, 0 where nobody knows; None where it is as large as it should be."""
    memory = server.memory_bytes
    if memory is None:
        return 0.0 if current <= _BUILT_IN_BYTES and server.platform == "self-managed" else None
    if server.platform == "rds":
        return 0.0 if current < _MANAGED_RATIO * memory else None
    half, most = memory / 2, memory * 3 / 4
    if current < 0.8 * half:
        return half
    return most if current < 0.9 * most else None


def _resized(current: Setting, target: float, settings: Snapshot[Setting]) -> Setting:
    """Only a restart brings it beyond the limit that newer MariaDB sets for resizing."""
    most = number(settings, "innodb_buffer_pool_size_max")
    return replace(current, context="static") if most is not None and most < target else current


def _kept_free(row: Innodb, settings: Snapshot[Setting]) -> float:
    """Both servers throw pages out to keep some free: of a small pool, nearly all of it."""
    names = ("innodb_lru_scan_depth", "innodb_page_size", "innodb_buffer_pool_instances")
    depth, page, instances = (number(settings, name) for name in names)
    return max(_FREE_RATIO * row.buffer_pool_bytes, (depth or 0) * (page or 0) * (instances or 1))


def _seen(row: Innodb, seconds: float) -> dict[str, float]:
    per = seconds or float("inf")
    missed = row.page_reads + row.pages_read_ahead
    return {
        "page_reads_per_second": missed / per,
        "miss_ratio": min(1.0, missed / row.page_requests) if row.page_requests else 0.0,
        "free_page_waits_per_second": row.free_page_waits / per,
        "buffer_pool_bytes": row.buffer_pool_bytes,
        "buffer_pool_free_bytes": row.buffer_pool_free_bytes,
        "window_seconds": seconds,
    }


def _finding(current: Setting, target: float, server: Server, seen: dict[str, float]) -> Finding:
    known = server.memory_bytes is not None
    return Finding(
        subject=Subject("setting", _NAME),
        summary=f"The buffer pool ({size(seen['buffer_pool_bytes'])}) is full, and "
        f"{seen['page_reads_per_second']:,.0f} pages a second are read from disk, "
        f"{share(seen['miss_ratio'])} of those asked for.",
        evidence={**seen, "memory_bytes": server.memory_bytes},
        severity=Severity.MEDIUM if known else Severity.LOW,
        confidence=Confidence.ESTIMATED if known else Confidence.HEURISTIC,
        remedy=_remedy(current, target, server),
    )


def _remedy(current: Setting, target: float, server: Server) -> Remedy:
    # In whole steps of 128 MB, as both servers resize it; a small one is said as it is.
    step = 128 * MB if target > 512 * MB else MB
    value = f"{target // step * step:.0f}"
    text = (
        f"Then raise {_NAME} to {size(float(value))} of the machine's "
        f"{size(server.memory_bytes or 0)}."
        if target
        else f"Then raise {_NAME}: half to three quarters of the memory of the machine, if it "
        "serves nothing else."
    )
    if server.platform == "rds":
        text = f"Then let Amazon size it by its own formula, {_MANAGED_FORMULA}."
        value, current = _MANAGED_FORMULA, replace(current, context="static")
    restart = needs_restart(current)
    statements = change(server, current, value) if target or server.platform == "rds" else ()
    return Remedy(
        text="Look at the statements that read most first: they may need an index, not memory. "
        + text,
        statements=statements,
        risk=("Needs a restart: seconds to minutes without the server. " if restart else _STALLS)
        + "A pool larger than the free memory lets the machine swap, or the system kill the "
        "server.",
        verify="Within an hour this grows by less than half as fast: "
        "SHOW GLOBAL STATUS LIKE 'Innodb_buffer_pool_reads';",
        rollback=undo(server, current),
    )
