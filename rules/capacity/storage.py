"""How much room a volume has left, where autoscaling may make it bigger and where not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil

from collectors.rds.cloudwatch import CloudWatch
from collectors.rds.instance import Instance
from rules.capacity.minutes import points
from rules.capacity.volume import FLEXIBLE_GIB, GIB, PROVISIONED, of_gp3

MOST_GIB = 65_536
# Autoscaling acts at 10 %; below this it has not come.
_LATE_RATIO = 0.05
_MINUTES = 5


@dataclass(frozen=True, slots=True)
class Room:
    """`limit_bytes` is the allocated size, or what autoscaling may still make of it.

    `late`: autoscaling is on and has room, yet the volume is nearly full; the limit is then the
    allocated size.
    """

    allocated_bytes: int
    limit_bytes: int
    free_bytes: float
    late: bool = False

    @property
    def used_bytes(self) -> float:
        return self.allocated_bytes - self.free_bytes

    @property
    def left_bytes(self) -> float:
        return max(0.0, self.limit_bytes - self.used_bytes)

    @property
    def left_ratio(self) -> float:
        return self.left_bytes / self.limit_bytes

    @property
    def grows(self) -> bool:
        return self.limit_bytes > self.allocated_bytes


def room(instance: Instance, minutes: Iterable[CloudWatch]) -> Room | None:
    """By the most that was free in the last five minutes; None on Aurora, or without a figure."""
    known = points(minutes, lambda minute: minute.free_storage_bytes)[-_MINUTES:]
    if not instance.allocated_bytes or not known:
        return None
    free = max(value for _, value in known)
    allocated = instance.allocated_bytes
    limit = max(allocated, instance.max_allocated_bytes or 0)
    if limit > allocated and free < _LATE_RATIO * allocated:
        return Room(allocated, allocated, free, late=True)
    return Room(allocated, limit, free)


def in_gib(count: float) -> str:
    """Bytes as RDS and its commands count them: 9.3 GiB, 200 GiB."""
    found = count / GIB
    return f"{found:,.0f} GiB" if found >= 100 or found == round(found) else f"{found:.1f} GiB"  # noqa: PLR2004


def next_gib(used_bytes: float, now_bytes: float, least_growth: float) -> int:
    """A size at which 30 % would be free, at least so many times what it is now; full tens."""
    wanted = max(used_bytes / 0.7, now_bytes * least_growth) / GIB
    return min(MOST_GIB, ceil(round(wanted, 3) / 10) * 10)


def grown(instance: Instance, gib: int) -> tuple[str, ...]:
    """Options that make the volume so big; RDS wants its IOPS named where they can be chosen."""
    allocated = (instance.allocated_bytes or 0) / GIB
    size = f"--allocated-storage {gib}"
    if instance.storage_type == "gp3" and gib >= FLEXIBLE_GIB > allocated:
        given = of_gp3(gib)
        return size, f"--iops {given.operations:.0f}"
    chosen = instance.storage_type in PROVISIONED and (
        instance.storage_type != "gp3" or allocated >= FLEXIBLE_GIB
    )
    return (size, f"--iops {instance.iops}") if chosen and instance.iops else (size,)
