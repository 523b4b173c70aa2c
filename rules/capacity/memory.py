"""Memory of an instance: what is left of it, and where that goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from collectors.rds.cloudwatch import CloudWatch
from collectors.rds.instance import Instance
from rules.capacity.minutes import last, points
from rules.capacity.trend import line

_HOUR = 3600
_MIB = 2**20
_LEAST_MINUTES = 10
_FALLING_RATIO_PER_HOUR = 0.02


@dataclass(frozen=True, slots=True)
class Memory:
    """Free is the most of ten minutes; growth is in bytes an hour, None unknown."""

    free_bytes: float
    total_bytes: int
    free_growth: float | None
    swap_growth: float | None

    @property
    def free_ratio(self) -> float:
        return self.free_bytes / self.total_bytes

    @property
    def falls(self) -> bool:
        limit = -_FALLING_RATIO_PER_HOUR * self.total_bytes
        return self.free_growth is not None and self.free_growth < limit

    def swaps(self, mib_per_hour: float = 50) -> bool:
        return self.swap_growth is not None and self.swap_growth > mib_per_hour * _MIB


def memory_of(instance: Instance, rows: Sequence[CloudWatch]) -> Memory | None:
    """None where it is not known; of serverless the figure is of the most it may scale to."""
    free = last(rows, _LEAST_MINUTES, lambda m: m.freeable_memory_bytes)
    if not instance.memory_bytes or instance.serverless or not free:
        return None
    fall = line(points(rows, lambda m: m.freeable_memory_bytes))
    swap = line(points(rows, lambda m: m.swap_used_bytes))
    return Memory(
        free_bytes=max(free),
        total_bytes=instance.memory_bytes,
        free_growth=fall.per_second * _HOUR if fall else None,
        swap_growth=swap.per_second * _HOUR if swap else None,
    )


def short_memory(
    instance: Instance,
    rows: Sequence[CloudWatch],
    *,
    low_ratio: float = 0.1,
    low_aurora_ratio: float = 0.05,
    swap_growth_mib_per_hour: float = 50,
) -> Memory | None:
    """The memory, where it runs short: on RDS only while it falls or is swapped out."""
    memory = memory_of(instance, rows)
    limit = low_aurora_ratio if instance.aurora else low_ratio
    if memory is None or memory.free_ratio >= limit:
        return None
    return (
        memory
        if instance.aurora or memory.falls or memory.swaps(swap_growth_mib_per_hour)
        else None
    )
