from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from collectors.rds.classes import shipped
from collectors.rds.instance import Instance
from collectors.rds.usage import UsedHour
from collectors.snapshot import Snapshot
from rules.base import Finding, Remedy, Severity, rule
from rules.capacity.class_change import class_change, class_may_change
from rules.capacity.class_sizes import burstable, smaller
from rules.capacity.percentiles import known, percentile
from rules.rds_wording import of_instance
from rules.wording import share, size

_LEAST_HOURS = 168
_FREE_RATIO = 0.5
_LAST_TIER_TO_TAKE_OVER = 1


@dataclass(frozen=True, slots=True)
class _Used:
    """Of two weeks; `load_p95` is average active sessions."""

    hours: int
    cpu_p95_ratio: float
    cpu_peak_ratio: float
    load_p95: float
    free_ratio: float
    operations_max_per_second: float | None


@rule(
    title="The instance is larger than its load",
    severity=Severity.LOW,
    engines=("rds",),
    see=(
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_BestPractices.html",
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Types.html",
    ),
)
def oversized_instance(
    instances: Snapshot[Instance],
    usage: Snapshot[UsedHour],
    *,
    tolerated_cpu_ratio: float = 0.2,
    tolerated_load_per_cpu: float = 0.2,
    peak_cpu_ratio: float = 0.6,
) -> Iterator[Finding]:
    """For two weeks most CPU and half of the memory of the instance were never used.

    Why it matters
        The next smaller class of the family mostly has half of both, and costs about half.

    What to do
        Take one size less, look again after two weeks. It can go back the same way.

    When to ignore
        Peaks that come once a month: two weeks may not hold one. Where single minutes need more
        than the smaller class has, it is told as context, with no command. Left out are burstable
        classes, readers that may take over (they follow their writer), less than a week of data,
        and instances without Performance Insights, whose load is not known.
    """
    (instance,) = instances.rows
    wanted = smaller(instance.instance_class)
    used = _used(instance, usage.rows)
    if wanted is None or used is None or _left_out(instance):
        return
    idle = used.cpu_p95_ratio < tolerated_cpu_ratio and used.free_ratio > _FREE_RATIO
    if idle and used.load_p95 < tolerated_load_per_cpu * (instance.vcpus or 0):
        yield _finding(instance, wanted, used, peak_cpu_ratio)


def _left_out(instance: Instance) -> bool:
    tier = instance.promotion_tier or 0
    takes_over = instance.role == "reader" and tier <= _LAST_TIER_TO_TAKE_OVER
    return takes_over or burstable(instance.instance_class) or not class_may_change(instance)


def _used(instance: Instance, hours: Sequence[UsedHour]) -> _Used | None:
    """Without load there is no DBLoad: while Performance Insights is on, absent is idle."""
    cpu = known(h.cpu_ratio for h in hours)
    free = known(h.freeable_memory_min_bytes for h in hours)
    load = percentile((h.load_sessions for h in hours), 0.95)
    peak = percentile((h.cpu_max_ratio for h in hours), 0.999)
    if min(len(cpu), len(free)) < _LEAST_HOURS or peak is None or not instance.memory_bytes:
        return None
    if not instance.insights:
        return None
    return _Used(
        hours=len(cpu),
        cpu_p95_ratio=percentile(cpu, 0.95) or 0.0,
        cpu_peak_ratio=peak,
        load_p95=load or 0.0,
        free_ratio=min(free) / instance.memory_bytes,
        operations_max_per_second=max(
            known(h.operations_max_per_second for h in hours), default=None
        ),
    )


def _finding(instance: Instance, wanted: str, used: _Used, peak_ratio: float) -> Finding:
    peaks = used.cpu_peak_ratio >= peak_ratio
    but = f", but single minutes took {share(used.cpu_peak_ratio)}" if peaks else ""
    return Finding(
        subject=of_instance(instance),
        severity=Severity.INFO if peaks else None,
        summary=f"{instance.identifier} ({instance.instance_class}) is larger than its load: in "
        f"{used.hours // 24} days CPU was at {share(used.cpu_p95_ratio)} in the busiest hours, and "
        f"at least {share(used.free_ratio)} of memory was free{but}.",
        evidence={
            "instance_class": instance.instance_class,
            "smaller_class": wanted,
            "vcpus": instance.vcpus,
            "cpu_p95_ratio": used.cpu_p95_ratio,
            "cpu_peak_ratio": used.cpu_peak_ratio,
            "load_p95_sessions": used.load_p95,
            "free_memory_min_ratio": used.free_ratio,
            "operations_max_per_second": used.operations_max_per_second,
            "known_hours": used.hours,
        },
        remedy=_peaks() if peaks else _shrink(instance, wanted, used),
    )


def _peaks() -> Remedy:
    return Remedy(
        text="Find what runs at the peaks. If it may take longer or move to a quieter hour, one "
        "size less is enough.",
        verify="CPUUtilization by the minute stays below half for two weeks.",
    )


def _shrink(instance: Instance, wanted: str, used: _Used) -> Remedy:
    small = shipped(wanted)
    freed = (instance.memory_bytes or 0) - (small.memory_bytes if small else 0)
    peak = used.operations_max_per_second
    operations = "" if peak is None else f": up to {peak:,.0f} operations a second were seen here"
    return class_change(
        instance,
        wanted,
        f"Move to {wanted} (dbtriage aws cost compares the prices). Look for a reservation first.",
        f"The smaller class has about {size(freed)} less memory, and formulas of the parameter "
        "group give smaller caches and fewer connections. Its link to storage is slower"
        f"{operations}. In a cluster change the instances that may take over as well.",
        "For two weeks CPUUtilization stays below 60 % by the hour, and ReadIOPS do not grow.",
    )
