from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from collectors.rds.classes import ACU_BYTES
from collectors.rds.cluster import Cluster
from collectors.rds.instance import Instance
from collectors.rds.usage import UsedHour
from collectors.snapshot import Snapshot
from rules.base import Finding, Remedy, Severity, rule
from rules.capacity.class_change import class_change
from rules.capacity.class_sizes import with_memory
from rules.capacity.percentiles import known, last_week, percentile
from rules.rds_wording import of_instance
from rules.wording import share, size

_LEAST_HOURS = 160


@dataclass(frozen=True, slots=True)
class _Week:
    """Capacity units: the average, and what 5 and 95 of 100 hours stay below."""

    mean: float
    low: float
    high: float


@rule(
    title="A serverless instance is busy all the time",
    severity=Severity.LOW,
    engines=("rds",),
    see=(
        "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.how-it-works.html",
    ),
)
def serverless_always_high(
    instances: Snapshot[Instance],
    clusters: Snapshot[Cluster],
    usage: Snapshot[UsedHour],
    *,
    high_ratio: float = 0.6,
    flat_ratio: float = 0.7,
) -> Iterator[Finding]:
    """For a week capacity stayed high, and changed little between day and night.

    Why it matters
        Serverless is worth its price where load comes and goes. For a flat load an instance of a
        class, reserved for a year, usually costs less.

    What to do
        Compare the price of the class that fits with that of the capacity that was used.

    When to ignore
        A week that was not like others. At the maximum the load may want more than was seen:
        serverless-ceiling comes first. A high minimum makes a flat line too: lower that instead.
    """
    (instance,) = instances.rows
    week = _week(last_week(usage.rows))
    for cluster in clusters.rows:
        if not instance.serverless or not cluster.max_acu or week is None:
            continue
        at_floor = cluster.min_acu is not None and week.high <= cluster.min_acu
        flat = week.high > 0 and week.low >= flat_ratio * week.high
        if flat and not at_floor and week.mean >= high_ratio * cluster.max_acu:
            yield _finding(instance, cluster.max_acu, week)


def _week(hours: Sequence[UsedHour]) -> _Week | None:
    acu = known(h.acu for h in hours)
    low, high = percentile(acu, 0.05), percentile(acu, 0.95)
    if len(acu) < _LEAST_HOURS or low is None or high is None:
        return None
    return _Week(sum(acu) / len(acu), low, high)


def _finding(instance: Instance, most: float, week: _Week) -> Finding:
    fits = with_memory("r7g", week.high * ACU_BYTES)
    return Finding(
        subject=of_instance(instance),
        summary=f"{instance.identifier} used {week.mean:.3g} ACU on average for a week, "
        f"{share(week.mean / most)} of its maximum, day and night alike: a class may cost less.",
        evidence={
            "mean_acu": week.mean,
            "p05_acu": week.low,
            "p95_acu": week.high,
            "max_acu": most,
            "memory_p95_bytes": week.high * ACU_BYTES,
            "class_that_fits": fits,
        },
        remedy=_remedy(instance, week, fits),
    )


def _remedy(instance: Instance, week: _Week, fits: str | None) -> Remedy:
    if fits is None:
        return Remedy(text="No class is as big: lower the load, or split the database.")
    return class_change(
        instance,
        fits,
        f"Compare {fits} ({size(week.high * ACU_BYTES)} of memory were in use) with what "
        f"{week.mean:.3g} ACU cost around the clock: dbtriage aws cost does so. Reserve it once it "
        "has proved itself.",
        "A class does not grow at a peak. Clusters may mix classes and serverless, but a reader "
        "that may take over should be as big.",
        "CPUUtilization stays below 80 % by the hour for a week.",
    )
