"""A cluster whose spare instances fail together."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.rds.cluster import Cluster, Member
from collectors.rds.instance import Instance
from collectors.snapshot import Snapshot
from rules.availability.readers import add_reader, drop_reader, new_name, writer
from rules.base import RDS, Confidence, Finding, Remedy, Severity, rule
from rules.rds_holder import look
from rules.rds_wording import graded, of_cluster


@rule(
    title="The instances of the cluster are in one zone",
    severity=Severity.MEDIUM,
    confidence=Confidence.VALIDATED,
    engines=RDS,
    see=(
        "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Concepts.AuroraHighAvailability.html",
    ),
)
def readers_in_one_zone(
    clusters: Snapshot[Cluster], instances: Snapshot[Instance]
) -> Iterator[Finding]:
    """One availability zone holds every instance of the cluster, or every reader.

    Why it matters
        If the zone fails, the writer and all that could take over fail together; a new instance
        must be built elsewhere, while others try the same. With all readers in one zone, the
        writer has to answer their queries too.

    What to do
        Add a reader in another zone, then remove one of those that share a zone.

    When to ignore
        Where queries between zones are too slow or too dear for the application. One severity lower
        where no tag tells the environment, not told where a tag names another than production.
    """
    (instance,) = instances.rows
    for cluster in clusters.rows:
        worst, first = _severity(cluster), writer(cluster)
        if not cluster.here or worst is None or first is None:
            continue
        severity = graded((*cluster.tags, *instance.tags), worst)
        if severity is not None:
            yield _finding(cluster, first, severity)


def _severity(cluster: Cluster) -> Severity | None:
    """Zones that are not known are no reason."""
    all_in_one = len(cluster.members) > 1 and _zone(cluster.members) is not None
    readers = tuple(m for m in cluster.members if not m.writer)
    if all_in_one:
        return Severity.MEDIUM
    return Severity.LOW if len(readers) > 1 and _zone(readers) else None


def _zone(members: tuple[Member, ...]) -> str | None:
    """The one they share."""
    zones = {m.zone for m in members}
    return zones.pop() or None if len(zones) == 1 else None


def _finding(cluster: Cluster, first: Member, severity: Severity) -> Finding:
    readers = [m for m in cluster.members if not m.writer]
    zone = readers[0].zone
    who = "All instances" if first.zone == zone else f"All {len(readers)} readers"
    return Finding(
        subject=of_cluster(cluster),
        severity=severity,
        summary=f"{who} of cluster {cluster.cluster} are in {zone}: they fail together with it.",
        evidence={
            "zone": zone,
            "writer_zone": first.zone or None,
            "readers": len(readers),
            "member_count": cluster.member_count,
        },
        remedy=Remedy(
            text=(
                "Add a reader in another zone. When it answers queries, delete "
                f"{readers[-1].identifier}, unless you need one more."
            ),
            statements=(add_reader(cluster, first),),
            risk=(
                "Online; minutes. Its cache is empty at first. Traffic between zones is charged "
                "for and takes about a millisecond."
            ),
            verify=(
                "Within 15 min the new member is there; its zone is another one: "
                f"{look(cluster, 'DBClusterMembers')}"
            ),
            rollback=drop_reader(cluster, new_name(cluster)),
        ),
    )
