from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from collectors.rds.cloudwatch import CloudWatch
from collectors.rds.cluster import Cluster
from collectors.rds.global_cluster import GlobalCluster
from collectors.rds.instance import Instance
from collectors.snapshot import Snapshot
from rules.base import Finding, Remedy, Severity, Value, rule
from rules.capacity.percentiles import mean
from rules.capacity.serverless_capacity import capacity_change, half_step
from rules.rds_wording import graded, of_instance, production
from rules.wording import share

_INSIGHTS_ACU = 2.0
_GLOBAL_ACU = 8.0
_RAMP_MINUTES = 5
_NEAR_RATIO = 1.5
_CACHE_MINUTES = 10
_READS_PER_SECOND = 50.0
_LOW_HIT_RATIO = 0.9


@dataclass(frozen=True, slots=True)
class _Reason:
    """Why the minimum is too low, and what it should be."""

    severity: Severity
    words: str
    wanted_acu: float
    evidence: dict[str, Value]


@rule(
    title="The lowest capacity of a serverless cluster is too low",
    severity=Severity.MEDIUM,
    engines=("rds",),
    see=(
        "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.setting-capacity.html",
    ),
)
def serverless_floor(
    instances: Snapshot[Instance],
    clusters: Snapshot[Cluster],
    minutes: Snapshot[CloudWatch],
    globals_: Snapshot[GlobalCluster] | None,
    *,
    tolerated_ramp_ratio: float = 4,
) -> Iterator[Finding]:
    """From the minimum, capacity must grow several times over, or its memory is too small.

    Why it matters
        Serverless grows the slower the smaller it is, and what left the cache when it shrank is
        read again from storage. The first minutes of each rush are slow. Performance Insights
        needs 2 ACU to work well, a member of a global database 8.

    What to do
        Raise the minimum to a quarter of what the rush takes, or to what the feature needs.

    When to ignore
        Clusters that pause (minimum 0) are slow at first by design: only a global database is
        told there. What a feature needs: one severity lower where no tag tells the environment,
        context only where a tag names another than production. Slow rushes are low there.
    """
    (instance,) = instances.rows
    for cluster in clusters.rows:
        if not instance.serverless or cluster.min_acu is None or cluster.max_acu is None:
            continue
        reasons = [*_of_features(instance, cluster, globals_)]
        if cluster.min_acu > 0:
            reasons += _ramp(instance, minutes.rows, cluster.min_acu, tolerated_ramp_ratio)
            reasons += _cold_cache(instance, minutes.rows, cluster.min_acu)
        if reasons:
            yield _finding(instance, cluster, reasons)


def _of_features(
    instance: Instance, cluster: Cluster, globals_: Snapshot[GlobalCluster] | None
) -> Iterator[_Reason]:
    """The range is the cluster's: told on its writer; secondary regions have none."""
    writers = [m.identifier for m in cluster.members if m.writer]
    speaker = writers or [m.identifier for m in cluster.members]
    least = cluster.min_acu or 0.0
    if instance.identifier not in speaker[:1]:
        return
    if globals_ and globals_.rows and least < _GLOBAL_ACU:
        severity = graded(instance.tags, Severity.MEDIUM, elsewhere=Severity.INFO)
        words = f"a member of a global database needs {_GLOBAL_ACU:g}"
        yield _Reason(severity, words, _GLOBAL_ACU, {"in_global_database": True})
    if instance.insights and 0 < least < _INSIGHTS_ACU:
        severity = graded(instance.tags, Severity.LOW, elsewhere=Severity.INFO)
        words = f"Performance Insights needs {_INSIGHTS_ACU:g}"
        yield _Reason(severity, words, _INSIGHTS_ACU, {"insights": True})


def _ramp(
    instance: Instance, rows: Sequence[CloudWatch], least: float, tolerated: float
) -> list[_Reason]:
    """The steepest growth within five minutes that began near the minimum."""
    climbs = [
        (late.acu / early.acu, early.acu, late.acu)
        for at, early in enumerate(rows)
        for late in rows[at + 1 : at + 1 + _RAMP_MINUTES]
        if early.acu and late.acu and early.acu <= _NEAR_RATIO * least
    ]
    ratio, start, end = max(climbs, default=(0.0, 0.0, 0.0))
    if ratio <= tolerated:
        return []
    words = f"it grew from {start:.3g} to {end:.3g} within {_RAMP_MINUTES} minutes"
    evidence: dict[str, Value] = {"ramp_from_acu": start, "ramp_to_acu": end, "ramp_ratio": ratio}
    return [_Reason(_measured(instance), words, half_step(end / tolerated), evidence)]


def _cold_cache(instance: Instance, rows: Sequence[CloudWatch], least: float) -> list[_Reason]:
    """While small, it reads from storage what should be in memory."""
    small = [r for r in rows if r.acu is not None and 0 < r.acu <= _NEAR_RATIO * least]
    hits = [r.buffer_cache_hit_ratio for r in small if r.buffer_cache_hit_ratio is not None]
    hit, reads = mean(hits), mean(r.read_operations_per_second for r in small)
    if len(hits) < _CACHE_MINUTES or hit is None or reads is None:
        return []
    if hit >= _LOW_HIT_RATIO or reads < _READS_PER_SECOND:
        return []
    words = f"only {share(hit)} of reads come from its cache while it is small"
    evidence: dict[str, Value] = {"cache_hit_ratio": hit, "reads_per_second": reads}
    return [_Reason(_measured(instance), words, half_step(2 * least), evidence)]


def _measured(instance: Instance) -> Severity:
    return Severity.LOW if production(instance.tags) is False else Severity.MEDIUM


def _finding(instance: Instance, cluster: Cluster, reasons: Sequence[_Reason]) -> Finding:
    wanted = min(cluster.max_acu or 0.0, max(r.wanted_acu for r in reasons))
    words = "; ".join(r.words for r in reasons)
    found = {name: value for r in reasons for name, value in r.evidence.items()}
    return Finding(
        subject=of_instance(instance),
        severity=max(r.severity for r in reasons),
        summary=f"{instance.identifier} may shrink to {cluster.min_acu:g} ACU, which is too low: "
        f"{words}.",
        evidence={"min_acu": cluster.min_acu, "max_acu": cluster.max_acu, **found},
        remedy=_remedy(cluster, wanted),
    )


def _remedy(cluster: Cluster, wanted: float) -> Remedy:
    verify = "ServerlessDatabaseCapacity grows less steeply at the next rush, and response times "
    least = cluster.min_acu or 0.0
    if wanted <= least:
        return Remedy(text="The maximum leaves no room: raise it first (serverless-ceiling).")
    pauses = " The cluster no longer pauses." if least == 0 else ""
    return Remedy(
        text=f"Keep at least {wanted:g} ACU.{pauses}",
        statements=(capacity_change(cluster, min_acu=wanted),),
        risk=f"Online, in seconds. At quiet hours {wanted - least:g} ACU more are billed for each "
        "serverless instance of the cluster.",
        verify=f"{verify}do not jump.",
        rollback=capacity_change(cluster),
    )
