from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from math import ceil

from collectors.rds.cloudwatch import CloudWatch
from collectors.rds.cluster import Cluster
from collectors.rds.instance import Instance
from collectors.rds.usage import UsedHour
from collectors.snapshot import Snapshot
from rules.base import Finding, Gain, Impact, Remedy, Severity, rule
from rules.capacity.percentiles import known, percentile
from rules.capacity.serverless_capacity import MOST_ACU, capacity_change
from rules.rds_wording import of_instance
from rules.wording import share

_AT_THE_TOP_RATIO = 0.995
_FULL_RATIO = 0.95
_LEAST_HOURS = 72


@rule(
    title="A serverless instance is at its highest capacity",
    severity=Severity.HIGH,
    engines=("rds",),
    see=(
        "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.setting-capacity.html",
    ),
)
def serverless_ceiling(
    instances: Snapshot[Instance],
    clusters: Snapshot[Cluster],
    minutes: Snapshot[CloudWatch],
    usage: Snapshot[UsedHour] | None,
    *,
    sustained_minutes: int = 5,
) -> Iterator[Finding]:
    """Capacity is as high as the cluster allows, and the load may want more.

    Why it matters
        At the maximum serverless scales no further: statements queue for CPU and memory as they
        would on an instance that is too small.

    What to do
        Look at the statements at the top of the load, then raise the maximum. It is a limit, not
        a purchase: only capacity that is used is billed.

    When to ignore
        A maximum that is meant as a cap on cost. Hours at the maximum in the past two weeks,
        without one right now, are medium.
    """
    (instance,) = instances.rows
    for cluster in clusters.rows:
        if not instance.serverless or not cluster.max_acu:
            continue
        often = _often(usage.rows if usage else ())
        full = _longest_full(minutes.rows, cluster.max_acu)
        if full >= sustained_minutes:
            yield _finding(instance, cluster, full, often)
        elif often is not None and often >= _FULL_RATIO:
            yield _finding(instance, cluster, 0, often)


def _often(hours: Sequence[UsedHour]) -> float | None:
    """What one hour of a hundred exceeds, of what is allowed; None: too few hours are known."""
    past = known(h.acu_max_ratio for h in hours)
    return percentile(past, 0.99) if len(past) >= _LEAST_HOURS else None


def _longest_full(rows: Sequence[CloudWatch], most: float) -> int:
    """Minutes on end at the maximum; one without data ends a run."""
    top = [r.acu is not None and r.acu >= _AT_THE_TOP_RATIO * most for r in rows]
    return max((len(list(run)) for full, run in groupby(top) if full), default=0)


def _finding(instance: Instance, cluster: Cluster, full: int, often: float | None) -> Finding:
    most = cluster.max_acu or 0.0
    seen = (
        f"was at its highest capacity for {full} minutes on end"
        if full
        else f"reached {share(often or 0)} of its highest capacity in the busiest hours"
    )
    return Finding(
        subject=of_instance(instance),
        severity=None if full else Severity.MEDIUM,
        summary=f"{instance.identifier} {seen}: {most:g} ACU.",
        evidence={
            "max_acu": most,
            "min_acu": cluster.min_acu,
            "full_minutes": full,
            "acu_max_p99_ratio": often,
        },
        impact=Impact(Gain.HEADROOM, 1.0 if full else often or 0.0),
        remedy=_remedy(cluster, most),
    )


def _remedy(cluster: Cluster, most: float) -> Remedy:
    verify = "ServerlessDatabaseCapacity stays below the maximum at the next peak."
    if most >= MOST_ACU:
        text = "It is as high as it can be: speed up the top statements, or send reads to a reader."
        return Remedy(text=text, verify=verify)
    raised = min(MOST_ACU, float(ceil(most * 1.5)))
    return Remedy(
        text=f"Speed up the top statements, then allow {raised:g} ACU.",
        statements=(capacity_change(cluster, max_acu=raised),),
        risk=f"Online, in seconds. Up to {raised - most:g} ACU an hour more are billed for each "
        "instance while it uses them. Older engine versions allow 128 ACU at most. Parameters "
        "that follow from the maximum, as max_connections, change at the next reboot only.",
        verify=verify,
        rollback=capacity_change(cluster),
    )
