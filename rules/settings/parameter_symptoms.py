"""What shows that a parameter hurts: memory, connections, waits. None: it is not known."""

from __future__ import annotations

from dataclasses import dataclass

from rules.capacity.minutes import last, points
from rules.settings.parameters_seen import Seen
from rules.wording import share, size

_WATCHED_MINUTES = 10
# AWS: less is short; InnoDB and Aurora keep little free by design.
_SHORT_RATIO, _SHORT_RATIO_OF_AURORA = 0.10, 0.05
_SWAP_BYTES_PER_HOUR = 50e6
_LEAST_SESSIONS = 0.1


@dataclass(frozen=True, slots=True)
class Peak:
    """The most connections, and since when that was looked at."""

    connections: float
    span: str


def memory_is_short(seen: Seen) -> str | None:
    """In words; empty where it is not short. All of the last minutes count, not one."""
    memory = seen.instance.memory_bytes
    free = last(seen.minutes, _WATCHED_MINUTES, lambda m: m.freeable_memory_bytes)
    few = _SHORT_RATIO_OF_AURORA if seen.instance.aurora else _SHORT_RATIO
    if free and memory and max(free) < few * memory:
        return f"no more than {size(max(free))} of {size(memory)} memory could be freed"
    swap = points(seen.minutes, lambda m: m.swap_used_bytes)[-_WATCHED_MINUTES:]
    if len(swap) == _WATCHED_MINUTES:
        (began, before), (ended, after) = swap[0], swap[-1]
        growth = (after - before) / (ended - began) * 3600
        if growth > _SWAP_BYTES_PER_HOUR:
            return f"{size(after)} are swapped out, and {size(growth)} more each hour"
    return "" if free and memory else None


def least_free_bytes(seen: Seen) -> float | None:
    """The least memory that could be freed, in all that was looked at."""
    hours = points(seen.hours, lambda h: h.freeable_memory_min_bytes)
    minutes = points(seen.minutes, lambda m: m.freeable_memory_bytes)
    return min((value for _, value in (*hours, *minutes)), default=None)


def peak_connections(seen: Seen) -> Peak | None:
    hours = tuple(value for _, value in points(seen.hours, lambda h: h.connections_max))
    minutes = tuple(value for _, value in points(seen.minutes, lambda m: m.connections))
    if hours:
        span = f"{len(hours) / 24:.0f} days" if len(hours) >= 48 else f"{len(hours)} hours"  # noqa: PLR2004
        return Peak(max((*hours, *minutes)), span)
    return Peak(max(minutes), f"{len(minutes)} minutes") if minutes else None


def wait_ratio(seen: Seen, wait_type: str, *names: str) -> float | None:
    """Share of the load that waits so, by Performance Insights; any name where none is given."""
    total = sum(row.sessions for row in seen.load if row.dimension == "total")
    if total < _LEAST_SESSIONS:
        return None
    waits = (r for r in seen.load if r.dimension == "wait" and r.wait_type == wait_type)
    return sum(r.sessions for r in waits if not names or r.name in names) / total


def deadlocks(seen: Seen) -> str:
    """In words; empty where there were none, or nobody counts them."""
    rates = [value for _, value in points(seen.minutes, lambda m: m.deadlocks_per_second)]
    if any(rates):
        return f"{max(rates) * 60:.3g} deadlocks in the worst of the last minutes"
    if seen.counted.deadlocks_per_day:
        return f"{seen.counted.deadlocks_per_day:.3g} deadlocks a day"
    return ""


def temporary_files(seen: Seen, *, bytes_per_hour: float = 2**30) -> str | None:
    """In words; empty where there are few."""
    ratio = wait_ratio(seen, "IO", "BufFileRead", "BufFileWrite")
    written = seen.counted.temp_bytes_per_hour
    if written is not None and written >= bytes_per_hour:
        return f"{size(written)} an hour go to temporary files"
    if ratio is not None and ratio >= 0.05:  # noqa: PLR2004
        return f"{share(ratio)} of the load waits for temporary files"
    return None if ratio is None and written is None else ""
