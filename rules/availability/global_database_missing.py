"""A second region that is promised by a tag only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from shlex import quote

from collectors.rds.cluster import Cluster
from collectors.rds.global_cluster import GlobalCluster
from collectors.rds.instance import Instance
from collectors.snapshot import Snapshot
from rules.base import RDS, Finding, Remedy, Severity, rule
from rules.rds_wording import graded, in_region, of_cluster

_TAGS = {"dr-region", "second-region", "secondary-region"}
_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d")


@rule(
    title="The second region that a tag names has no cluster",
    severity=Severity.MEDIUM,
    engines=RDS,
    see=(
        "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-global-database.html",
        "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-global-database-getting-started.html",
    ),
)
def global_database_missing(
    clusters: Snapshot[Cluster],
    instances: Snapshot[Instance],
    databases: Snapshot[GlobalCluster],
) -> Iterator[Finding]:
    """A tag as dr-region names a second region, but no global database reaches there.

    Why it matters
        The plan for the loss of a region counts on a copy that is not there. Restoring from
        snapshots takes hours, and only works if they were copied there.

    What to do
        Make the cluster the primary of an Aurora global database and add a secondary cluster in
        the region that the tag names, or correct the tag.

    When to ignore
        Where the second region is served by copied snapshots or by replication of your own. The
        tags read are dr-region, second-region and secondary-region, with any prefix before a colon.
        One severity lower where no tag tells the environment, context only where a tag names
        another than production.
    """
    (instance,) = instances.rows
    for cluster in clusters.rows:
        tags = (*cluster.tags, *instance.tags)
        has = {r.region for d in databases.rows for r in d.regions} | {instance.region}
        missing = sorted(set(_named(tags)) - has)
        severity = graded(tags, Severity.MEDIUM, elsewhere=Severity.INFO)
        if cluster.here and cluster.engine.startswith("aurora") and missing:
            yield _finding(cluster, instance, databases.rows, missing, severity)


def _named(tags: tuple[tuple[str, str], ...]) -> Iterator[str]:
    """Values are free text: only what looks like a region counts."""
    for name, value in tags:
        if name.lower().rpartition(":")[2].replace("_", "-") in _TAGS:
            yield from _REGION.findall(value.lower())


def _finding(
    cluster: Cluster,
    instance: Instance,
    databases: tuple[GlobalCluster, ...],
    missing: list[str],
    severity: Severity | None,
) -> Finding:
    (wanted, *_) = missing
    state = "its global database does not reach there" if databases else (
        "it is in no global database")  # fmt: skip
    return Finding(
        subject=of_cluster(cluster),
        severity=severity,
        summary=f"A tag of {cluster.cluster} names {wanted} as second region, but {state}.",
        evidence={
            "missing_regions": ", ".join(missing),
            "region": instance.region,
            "global_cluster": databases[0].global_cluster if databases else None,
            "regions": ", ".join(sorted(r.region for d in databases for r in d.regions)) or None,
        },
        remedy=Remedy(
            text=(
                f"Add a secondary cluster in {wanted}, with the subnets, security groups and key "
                "of that region. Its instances, its storage and each write that is copied are "
                "charged for: compare before."
            ),
            statements=_statements(cluster, instance, databases, wanted),
            risk=(
                "Online for the primary; the copy takes minutes to hours. Not all classes may be "
                "in a global database: burstable ones may not."
            ),
            verify=(
                "Within hours the region is among the members: "
                f"aws rds describe-global-clusters {in_region(instance.arn)}"
            ),
            rollback=(
                "Remove the secondary from the global database, then delete it: aws rds "
                f"remove-from-global-cluster --global-cluster-identifier "
                f"{_database(cluster, databases)} --db-cluster-identifier ARN-OF-THE-SECONDARY "
                f"{in_region(instance.arn)}"
            ),
        ),
    )


def _database(cluster: Cluster, databases: tuple[GlobalCluster, ...]) -> str:
    return quote(databases[0].global_cluster if databases else f"{cluster.cluster}-global")


def _statements(
    cluster: Cluster, instance: Instance, databases: tuple[GlobalCluster, ...], wanted: str
) -> tuple[str, ...]:
    name, second = _database(cluster, databases), quote(f"{cluster.cluster}-{wanted}")
    engine = f"--engine {cluster.engine}"
    key = " --storage-encrypted --kms-key-id alias/aws/rds" if cluster.encrypted else ""
    create = (
        f"aws rds create-global-cluster --global-cluster-identifier {name} "
        f"--source-db-cluster-identifier {cluster.arn} {in_region(instance.arn)}"
    )
    return (
        *(() if databases else (create,)),
        f"aws rds create-db-cluster --db-cluster-identifier {second} "
        f"--global-cluster-identifier {name} {engine} --engine-version {cluster.engine_version}"
        f"{key} --region {wanted}",
        f"aws rds create-db-instance --db-instance-identifier {second}-1 "
        f"--db-cluster-identifier {second} {engine} "
        f"--db-instance-class {instance.instance_class} --region {wanted}",
    )
