"""What two weeks of hours say of an instance; None where too few of them are known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from collectors.rds.cloudwatch import CloudWatch
from collectors.rds.instance import Instance
from collectors.rds.usage import UsedHour
from rules.capacity.minutes import latest, points
from rules.capacity.percentiles import known, mean, percentile
from rules.capacity.trend import line

# Of CPU, a capacity unit has about a quarter of a vCPU.
ACU_PER_VCPU = 4.0
LEAST_HOURS = 72
MONTH_HOURS = 730
_STEADY_RATIO = 0.8
_DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Spread:
    """Of hours: what 5, 50, 95 and 99 of a hundred do not exceed."""

    low: float
    middle: float
    high: float
    top: float
    mean: float


def spread(
    hours: Iterable[UsedHour], read: Callable[[UsedHour], float | None], times: float = 1.0
) -> Spread | None:
    """None where too few hours are known."""
    values = [value * times for value in known(read(h) for h in hours)]
    if len(values) < LEAST_HOURS:
        return None
    low, middle, high, top = (percentile(values, r) or 0.0 for r in (0.05, 0.5, 0.95, 0.99))
    return Spread(low, middle, high, top, mean(values) or 0.0)


def enough(
    hours: Iterable[UsedHour], read: Callable[[UsedHour], float | None], ratio: float
) -> float | None:
    values = known(read(h) for h in hours)
    return percentile(values, ratio) if len(values) >= LEAST_HOURS else None


def used_vcpus(instance: Instance, hours: Sequence[UsedHour]) -> Spread | None:
    if instance.serverless:
        return spread(hours, lambda h: h.acu, 1 / ACU_PER_VCPU)
    return spread(hours, lambda h: h.cpu_ratio, instance.vcpus) if instance.vcpus else None


def peak_vcpus(instance: Instance, hours: Sequence[UsedHour]) -> float | None:
    if instance.serverless:
        peak, times = enough(hours, lambda h: h.acu_max, 0.99), 1 / ACU_PER_VCPU
    else:
        peak, times = enough(hours, lambda h: h.cpu_max_ratio, 0.99), instance.vcpus or 0.0
    return peak * times if peak is not None and times else None


def used_memory(instance: Instance, hours: Sequence[UsedHour]) -> float | None:
    """On serverless, memory is what the capacity says."""
    free = known(h.freeable_memory_min_bytes for h in hours)
    if instance.memory_bytes is None or instance.serverless or len(free) < LEAST_HOURS:
        return None
    return percentile((instance.memory_bytes - f for f in free), 0.99)


def storage(
    instance: Instance, hours: Sequence[UsedHour], minutes: Sequence[CloudWatch]
) -> float | None:
    if instance.aurora:
        now = latest(minutes, lambda m: m.volume_used_bytes)
        return latest(hours, lambda h: h.volume_used_bytes) if now is None else now
    free = latest(minutes, lambda m: m.free_storage_bytes)
    free = latest(hours, lambda h: h.free_storage_min_bytes) if free is None else free
    if free is None or not instance.allocated_bytes:
        return None
    return max(0.0, instance.allocated_bytes - free)


def growth(instance: Instance, hours: Sequence[UsedHour]) -> float | None:
    """Of two weeks, where it is a straight line; of RDS while the volume has one size."""

    def used(hour: UsedHour) -> float | None:
        free = hour.free_storage_min_bytes
        return hour.volume_used_bytes if instance.aurora else None if free is None else -free

    series = points(hours, used)
    found = line(series) if len(series) >= LEAST_HOURS else None
    if found is None or (found.per_second and found.steady_ratio < _STEADY_RATIO):
        return None
    return found.per_second * _DAY_SECONDS


def idle(hours: Sequence[UsedHour]) -> float | None:
    clients = known(h.connections_max for h in hours)
    if len(clients) < LEAST_HOURS:
        return None
    return sum(most < 1 for most in clients) / len(clients)
