"""Memory of the instance runs short."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from collectors.rds.cloudwatch import CloudWatch
from collectors.rds.instance import Instance
from collectors.snapshot import Snapshot
from rules.base import Confidence, Finding, Gain, Impact, Remedy, Severity, rule
from rules.capacity.minutes import last, latest, points
from rules.capacity.trend import line
from rules.rds_wording import of_instance
from rules.wording import share, size

_HOUR = 3600
_MIB = 2**20
_LEAST_MINUTES = 10
_FALLING_RATIO_PER_HOUR = 0.02
_ADVICE = {
    "postgres": "Let the pools hold fewer connections and lower work_mem",
    "mysql": "Let the pools hold fewer connections and lower the buffers each of them gets "
    "(sort_buffer_size, join_buffer_size, tmp_table_size), then innodb_buffer_pool_size",
}


@dataclass(frozen=True, slots=True)
class _Memory:
    """Free is the most of the quarter of an hour; growth is in bytes an hour, None unknown."""

    free_bytes: float
    total_bytes: int
    free_growth: float | None
    swap_growth: float | None

    @property
    def free_ratio(self) -> float:
        return self.free_bytes / self.total_bytes


@rule(
    title="Memory runs short",
    severity=Severity.HIGH,
    confidence=Confidence.ESTIMATED,
    engines=("rds",),
    see=(
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_BestPractices.html",
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Best_Practice_Recommended_Alarms_AWS_Services.html",
    ),
)
def memory_pressure(
    minutes: Snapshot[CloudWatch],
    instances: Snapshot[Instance],
    *,
    low_ratio: float = 0.1,
    low_aurora_ratio: float = 0.05,
    swap_growth_mib_per_hour: float = 50,
) -> Iterator[Finding]:
    """Less than a tenth of the memory can be freed, and it becomes less or is swapped out.

    Why it matters
        When none is left, the operating system kills the database, and all connections with it.
        Before that, swapping makes every statement slow.

    What to do
        Fewer connections and smaller buffers for each of them help at once. Then find the
        statements that sort and hash much. A class with more memory comes last.

    When to ignore
        A database that fills its cache keeps little memory free by design: a low figure that stays
        where it is is not told on RDS, and on Aurora only below 5 %. Serverless instances are not
        told of: their figure is of the most they may scale to.
    """
    (instance,) = instances.rows
    memory = _memory(instance, minutes)
    if memory is None or latest(minutes.rows, lambda m: m.memory_reserved):  # a rule of its own
        return
    swaps = memory.swap_growth is not None and (
        memory.swap_growth > swap_growth_mib_per_hour * _MIB
    )
    falls = memory.free_growth is not None and (
        memory.free_growth < -_FALLING_RATIO_PER_HOUR * memory.total_bytes
    )
    limit = low_aurora_ratio if instance.aurora else low_ratio
    if memory.free_ratio >= limit or not (instance.aurora or swaps or falls):
        return
    signs = ["becomes less"] * falls + ["is swapped out"] * swaps
    yield Finding(
        subject=of_instance(instance),
        summary=_summary(instance, memory, signs),
        evidence={
            "freeable_bytes": memory.free_bytes,
            "memory_bytes": memory.total_bytes,
            "freeable_ratio": memory.free_ratio,
            "freeable_growth_bytes_per_hour": memory.free_growth,
            "swap_growth_bytes_per_hour": memory.swap_growth,
            "connections": latest(minutes.rows, lambda m: m.connections),
        },
        impact=Impact(Gain.HEADROOM, 1 - memory.free_ratio),
        remedy=_remedy(instance),
    )


def _memory(instance: Instance, minutes: Snapshot[CloudWatch]) -> _Memory | None:
    if not instance.memory_bytes or instance.serverless:
        return None
    free = last(minutes.rows, _LEAST_MINUTES, lambda m: m.freeable_memory_bytes)
    if not free:
        return None
    fall = line(points(minutes.rows, lambda m: m.freeable_memory_bytes))
    swap = line(points(minutes.rows, lambda m: m.swap_used_bytes))
    return _Memory(
        free_bytes=max(free),
        total_bytes=instance.memory_bytes,
        free_growth=fall.per_second * _HOUR if fall else None,
        swap_growth=swap.per_second * _HOUR if swap else None,
    )


def _summary(instance: Instance, memory: _Memory, signs: list[str]) -> str:
    how = f", and it {' and '.join(signs)}" if signs else ""
    return (
        f"{instance.identifier} has {size(memory.free_bytes)} of {size(memory.total_bytes)} memory "
        f"left ({share(memory.free_ratio)}){how}."
    )


def _remedy(instance: Instance) -> Remedy:
    advice = _ADVICE.get(instance.family, _ADVICE["mysql"])
    return Remedy(
        text=f"{advice}. If the memory is really needed, take a class with more of it.",
        risk=(
            "Smaller buffers make large sorts and joins use temporary files. A change of class "
            "interrupts connections for as long as a failover takes with Multi-AZ or a reader to "
            "switch to, for minutes without."
        ),
        verify="An hour later FreeableMemory has stopped falling, and SwapUsage does not grow.",
        rollback="Set the parameters and the pool sizes back.",
    )
