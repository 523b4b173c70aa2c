"""What the volumes of RDS can do by type and size, and how near an instance is to it.

Sizes and figures are those of PostgreSQL, MySQL and MariaDB: from 400 GiB on RDS spreads the
data over four volumes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from collectors.rds.cloudwatch import CloudWatch
from collectors.rds.instance import Instance
from rules.capacity.minutes import both, last, latest, mean

GIB = 2**30
MIB = 2**20
FLEXIBLE_GIB = 400
PROVISIONED = ("gp3", "io1", "io2")
CHANGE_RISK = (
    "Online. I/O may be slower for hours while storage is optimised, and for six hours no other "
    "change of storage is taken."
)
_SPENT_RATIO = 0.1
_SLOW_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Ability:
    """A second; None is unknown. Of gp2 `operations` is the baseline, `burst` while credits last.

    Throughput of gp2 depends on credits too: here is the most it reaches.
    """

    operations: float | None
    throughput_bytes: float | None
    burst: float | None = None


def of_gp2(gib: float) -> Ability:
    striped = gib >= FLEXIBLE_GIB
    baseline = min(64_000.0, max(100.0, 3 * gib))
    burst = 12_000.0 if striped else 3_000.0
    return Ability(baseline, (1000 if striped else 250) * MIB, max(baseline, burst))


def of_gp3(gib: float) -> Ability:
    """As it comes; more can be had from 400 GiB on only."""
    return Ability(12_000, 500 * MIB) if gib >= FLEXIBLE_GIB else Ability(3_000, 125 * MIB)


def of_instance_volume(instance: Instance) -> Ability:
    """All unknown on Aurora, whose volume has no such limits, and on magnetic storage."""
    if instance.aurora or not instance.allocated_bytes:
        return Ability(None, None)
    gib = instance.allocated_bytes / GIB
    match instance.storage_type:
        case "gp2":
            return of_gp2(gib)
        case "gp3":
            plain = of_gp3(gib)
            through = instance.storage_bytes_per_second or plain.throughput_bytes
            return Ability(instance.iops or plain.operations, through)
        case _:
            return Ability(instance.iops, None)


@dataclass(frozen=True, slots=True)
class Pressure:
    """At least so much of the least limit was used in every minute that was looked at."""

    what: Literal["operations", "throughput"]
    by: Literal["volume", "class"]
    used: float
    limit: float

    @property
    def used_ratio(self) -> float:
        return self.used / self.limit


def pressures(
    instance: Instance, rows: Iterable[CloudWatch], sustained_minutes: int
) -> tuple[Pressure, ...]:
    """Of operations and of throughput, where use and a limit are known."""
    minutes = tuple(rows)
    operations = last(minutes, sustained_minutes, operations_per_second)
    throughput = last(minutes, sustained_minutes, bytes_per_second)
    volume, size = of_instance_volume(instance), instance.size
    tired = _spent(latest(minutes, lambda m: m.burst_balance_ratio))
    able = volume.operations if tired else volume.burst or volume.operations
    found = []
    if operations:
        spent = _spent(latest(minutes, lambda m: m.ebs_io_balance_ratio))
        baseline = size.baseline_operations_per_second if size else None
        burst = size.burst_operations_per_second if size else None
        found += _pressure("operations", min(operations), able, baseline if spent else burst)
    if throughput:
        spent = _spent(latest(minutes, lambda m: m.ebs_byte_balance_ratio))
        most = size.baseline_bytes_per_second if size else None
        peak = size.burst_bytes_per_second if size else None
        limit = volume.throughput_bytes
        found += _pressure("throughput", min(throughput), limit, most if spent else peak)
    return tuple(found)


def saturated(
    instance: Instance,
    rows: Iterable[CloudWatch],
    *,
    full_ratio: float = 0.85,
    sustained_minutes: int = 10,
) -> Pressure | None:
    """What is used up while operations have to wait; the worse of the two. Never on Aurora."""
    minutes = tuple(rows)
    found = () if instance.aurora else pressures(instance, minutes, sustained_minutes)
    worst = max(found, key=lambda p: p.used_ratio, default=None)
    if worst is None or worst.used_ratio < full_ratio:
        return None
    return worst if _waits(instance, minutes, sustained_minutes) else None


def operations_per_second(minute: CloudWatch) -> float | None:
    return both(minute.read_operations_per_second, minute.write_operations_per_second)


def bytes_per_second(minute: CloudWatch) -> float | None:
    return both(minute.read_bytes_per_second, minute.write_bytes_per_second)


def _waits(instance: Instance, minutes: tuple[CloudWatch, ...], count: int) -> bool:
    """More than one operation queued for each thousand that the volume may do, or slow ones."""
    able = of_instance_volume(instance).operations or 0
    queue = mean(last(minutes, count, lambda m: m.queue_depth))
    reads = mean(last(minutes, count, lambda m: m.read_latency_p90_seconds))
    writes = mean(last(minutes, count, lambda m: m.write_latency_p90_seconds))
    queued = queue is not None and able > 0 and queue > max(1.0, able / 1000)
    return queued or max(reads or 0.0, writes or 0.0) > _SLOW_SECONDS


def _spent(balance: float | None) -> bool:
    return balance is not None and balance < _SPENT_RATIO


def _pressure(
    what: Literal["operations", "throughput"],
    used: float,
    volume: float | None,
    size: float | None,
) -> list[Pressure]:
    if volume and (not size or volume <= size):
        return [Pressure(what, "volume", used, volume)]
    return [Pressure(what, "class", used, size)] if size else []
