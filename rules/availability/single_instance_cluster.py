"""An Aurora cluster with nobody to take over."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.rds.cluster import Cluster
from collectors.rds.instance import Instance
from collectors.snapshot import Snapshot
from rules.availability.readers import add_reader, drop_reader, new_name, writer
from rules.base import RDS, Confidence, Finding, Remedy, Severity, rule
from rules.rds_holder import look
from rules.rds_wording import graded, of_cluster


@rule(
    title="The cluster has one instance",
    severity=Severity.HIGH,
    confidence=Confidence.VALIDATED,
    engines=RDS,
    see=(
        "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Concepts.AuroraHighAvailability.html",
    ),
)
def single_instance_cluster(
    clusters: Snapshot[Cluster], instances: Snapshot[Instance]
) -> Iterator[Finding]:
    """The writer is the only instance: if it fails, Aurora has to make a new one first.

    Why it matters
        With a reader Aurora fails over in less than a minute, often in 30 s. Without one it
        builds a new instance, which takes up to ten minutes, or longer where the zone has no
        room for its class. No data is lost: the volume is in three zones either way.

    What to do
        Add a reader of the same class in another zone. It can answer queries meanwhile.

    When to ignore
        Where ten minutes without the database are accepted. One severity lower where no tag tells
        the environment, not told where a tag names another than production.
    """
    (instance,) = instances.rows
    for cluster in clusters.rows:
        only = writer(cluster)
        severity = graded((*cluster.tags, *instance.tags), Severity.HIGH)
        if not cluster.here or cluster.member_count != 1 or only is None or severity is None:
            continue
        yield Finding(
            subject=of_cluster(cluster),
            severity=severity,
            summary=(
                f"Cluster {cluster.cluster} has {only.identifier} alone: if it fails, the cluster "
                "is down for up to ten minutes."
            ),
            evidence={
                "member_count": 1,
                "instance_class": only.instance_class or None,
                "zone": only.zone or None,
            },
            remedy=Remedy(
                text=(
                    "Add a reader in another zone. It costs as much as the writer: compare with "
                    "what ten minutes of downtime cost."
                ),
                statements=(add_reader(cluster, only),),
                risk="Online. The new instance shares the volume, so nothing is copied; minutes.",
                verify=(
                    "Within 15 min the new member is there: "
                    f"{look(cluster, 'DBClusterMembers[].DBInstanceIdentifier')}"
                ),
                rollback=drop_reader(cluster, new_name(cluster)),
            ),
        )
