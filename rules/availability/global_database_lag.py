"""A secondary region falls behind."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.rds.cloudwatch import CloudWatch
from collectors.rds.cluster import Cluster
from collectors.rds.instance import Instance
from collectors.snapshot import Snapshot
from rules.base import RDS, Finding, Remedy, Severity, rule
from rules.capacity.minutes import last
from rules.rds_wording import in_region, of_cluster
from rules.wording import duration


@rule(
    title="A secondary region is behind",
    severity=Severity.HIGH,
    engines=RDS,
    see=(
        "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-global-database.html",
        "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-global-database-disaster-recovery.html",
    ),
)
def global_database_lag(
    minutes: Snapshot[CloudWatch],
    clusters: Snapshot[Cluster],
    instances: Snapshot[Instance],
    *,
    tolerated_seconds: float = 5,
    sustained_minutes: int = 5,
) -> Iterator[Finding]:
    """For five minutes a secondary region of a global database was five seconds or more behind.

    Why it matters
        That much is lost if the primary region fails now and the secondary takes over. Usual is
        less than a second. Readers there see the past.

    What to do
        Look for a burst of writes on the primary, for a secondary with smaller instances, and
        for AWS's notices of the network between the regions.

    When to ignore
        A bulk load that was planned, and the first hours of a new secondary.
    """
    (instance,) = instances.rows
    lags = last(minutes.rows, sustained_minutes, _lag)
    if not lags or min(lags) <= tolerated_seconds:
        return
    for cluster in clusters.rows:
        if _told_here(cluster, instance):
            yield _finding(cluster, lags)


def _lag(minute: CloudWatch) -> float | None:
    known = (minute.global_replication_lag_seconds, minute.global_rpo_lag_seconds)
    return max((lag for lag in known if lag is not None), default=None)


def _told_here(cluster: Cluster, instance: Instance) -> bool:
    """On the writer; a secondary cluster may have none, so there on the first of its members."""
    if any(m.writer for m in cluster.members):
        return cluster.here
    return instance.identifier == min((m.identifier for m in cluster.members), default="")


def _finding(cluster: Cluster, lags: tuple[float, ...]) -> Finding:
    return Finding(
        subject=of_cluster(cluster),
        summary=(
            f"The global database of {cluster.cluster} is {duration(lags[-1])} behind between "
            f"regions, and was {duration(min(lags))} or more for {len(lags)} min."
        ),
        evidence={
            "lag_seconds": lags[-1],
            "least_lag_seconds": min(lags),
            "sustained_minutes": len(lags),
        },
        remedy=Remedy(
            text=(
                "Stop or slow down bulk writes on the primary. Compare the classes of both sides. "
                "Do not switch over before it is in step: that waits for the lag, and a failover "
                "loses it."
            ),
            statements=(f"aws rds describe-global-clusters {in_region(cluster.arn)}",),
            risk="None: nothing is changed.",
            verify="For ten minutes AuroraGlobalDBRPOLag in CloudWatch is below 1,000 ms.",
            rollback="None needed: nothing is changed.",
        ),
    )
