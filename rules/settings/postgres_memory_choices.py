"""work_mem and max_wal_size of PostgreSQL: only with a symptom, only as far as there is room."""

from __future__ import annotations

from collections.abc import Iterator

from rules.settings.parameter_change import Kept, Wish
from rules.settings.parameter_symptoms import (
    least_free_bytes,
    memory_is_short,
    peak_connections,
    temporary_files,
)
from rules.settings.parameters_seen import Seen
from rules.settings.values import MB
from rules.wording import duration, share, size

_KB = 1024
_MOST_WORK_MEM_KB = 64 * _KB
_WORK, _WAL = "work_mem", "max_wal_size"
_FORCED_RATIO = 0.3
_SOON_SECONDS = 300.0
_LOG_SECONDS = 900.0
_MOST_OF_STORAGE_RATIO = 0.05
_MOST_TIMES = 32


def work_mem(seen: Seen) -> Iterator[Wish | Kept]:
    now, shown = seen.number(_WORK), temporary_files(seen)
    if now is None or memory_is_short(seen):
        return
    if not shown:
        why = "No sort or hash is seen to spill." if shown == "" else "Spills are not known."
        yield Kept(_WORK, seen.value(_WORK), why)
        return
    room = _room_kb(seen)
    if room is None or room < 2 * now:
        left = "it is not known how much" if room is None else f"only {size(room * _KB)}"
        yield Kept(
            _WORK,
            seen.value(_WORK),
            f"{shown[0].upper()}{shown[1:]}, but {left} memory is free for each connection: give "
            "more to the role that needs it (ALTER ROLE … SET work_mem).",
        )
        return
    wanted = _power_of_two(min(room, _MOST_WORK_MEM_KB, 4 * now))
    yield Wish(
        _WORK,
        str(wanted),
        f"{shown[0].upper()}{shown[1:]}; {size(now * _KB)} for each sort can become "
        f"{size(wanted * _KB)}: half of the memory that was free at the busiest moment has "
        f"{size(room * _KB)} for each connection.",
        "Each sort or hash of a statement may take that much: start with the role that spills "
        "(ALTER ROLE … SET work_mem), and watch FreeableMemory.",
    )


def _room_kb(seen: Seen) -> float | None:
    """Half of what was free at the worst moment, for each of the most connections."""
    free, peak = least_free_bytes(seen), peak_connections(seen)
    if free is None or peak is None:
        return None
    return free / 2 / max(peak.connections, 1.0) / _KB


def _power_of_two(kilobytes: float) -> int:
    return int(2 ** (int(kilobytes).bit_length() - 1))


def checkpoints(seen: Seen) -> Iterator[Wish | Kept]:
    """Not on Aurora, which has none."""
    limit_mb, told = seen.number(_WAL), seen.counted
    if seen.instance.aurora or limit_mb is None:
        return
    if told.forced_checkpoints_ratio is None or told.seconds_between_checkpoints is None:
        yield Kept(_WAL, seen.value(_WAL), "Why checkpoints begin is not known without SQL.")
        return
    between = told.seconds_between_checkpoints
    if told.forced_checkpoints_ratio < _FORCED_RATIO or between >= _SOON_SECONDS:
        yield Kept(_WAL, seen.value(_WAL), f"A checkpoint every {duration(between)} is fine.")
        return
    wanted = _log_megabytes(seen, limit_mb)
    if wanted <= limit_mb:
        yield Kept(_WAL, seen.value(_WAL), "It is too small, but the storage has no room for more.")
        return
    yield Wish(
        _WAL,
        str(wanted),
        f"{share(told.forced_checkpoints_ratio)} of checkpoints were forced by the log, one every "
        f"{duration(between)}: {size(limit_mb * MB)} is too small.",
        f"Up to {size(wanted * MB)} of storage for the log; recovery after a crash takes longer, "
        "up to minutes.",
    )


def _log_megabytes(seen: Seen, limit_mb: float) -> int:
    """Three times the log of fifteen minutes; at most a twentieth of the storage."""
    rate = seen.counted.log_bytes_per_second or 0.0
    wanted = min(max(2 * limit_mb, 3 * _LOG_SECONDS * rate / MB), _MOST_TIMES * limit_mb)
    storage = seen.instance.allocated_bytes
    most = wanted if storage is None else storage * _MOST_OF_STORAGE_RATIO / MB
    return round(min(wanted, most))
