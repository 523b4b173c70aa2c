"""The command that gives a cluster one more reader."""

from __future__ import annotations

from shlex import quote

from collectors.rds.cluster import Cluster, Member
from rules.rds_wording import in_region


def writer(cluster: Cluster) -> Member | None:
    return next((m for m in cluster.members if m.writer), None)


def new_name(cluster: Cluster) -> str:
    """One that no member has."""
    taken = {m.identifier for m in cluster.members}
    names = (f"{cluster.cluster}-reader-{n}" for n in range(1, len(taken) + 2))
    return next(name for name in names if name not in taken)


def free_zone(cluster: Cluster) -> str | None:
    """A zone with storage of the cluster and none of its instances."""
    return min(set(cluster.zones) - {m.zone for m in cluster.members}, default=None)


def add_reader(cluster: Cluster, like: Member) -> str:
    """Of the class of `like`, in a zone of its own where one is known to be free."""
    zone = free_zone(cluster)
    words = [
        "aws rds create-db-instance",
        f"--db-instance-identifier {quote(new_name(cluster))}",
        f"--db-cluster-identifier {quote(cluster.cluster)}",
        f"--db-instance-class {like.instance_class}",
        f"--engine {cluster.engine}",
        f"--availability-zone {zone}" if zone else "",
        f"--promotion-tier {like.tier}" if like.tier is not None else "",
        in_region(cluster.arn),
    ]
    return " ".join(word for word in words if word)


def drop_reader(cluster: Cluster, identifier: str) -> str:
    return (
        f"aws rds delete-db-instance --db-instance-identifier {quote(identifier)} "
        f"{in_region(cluster.arn)}"
    )
