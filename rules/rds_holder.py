"""Who holds the data, an instance or its cluster, and the commands that look at either."""

from __future__ import annotations

from dataclasses import replace
from shlex import quote

from collectors.rds.cluster import Cluster
from collectors.rds.instance import Instance
from collectors.snapshot import Snapshot
from rules.base import Subject
from rules.rds_wording import (
    When,
    in_region,
    modify_cluster,
    modify_instance,
    of_cluster,
    of_instance,
)

# Both have encrypted, deletion_protection, iam_authentication, backup_retention_days,
# latest_restorable_at, engine, engine_version, arn and tags.
Holder = Instance | Cluster


def holder(instance: Instance, clusters: Snapshot[Cluster] | None) -> Holder | None:
    """The instance, or the cluster it writes for; None where another target tells of it."""
    if instance.cluster is None:
        return instance
    return next((c for c in clusters.rows if c.here), None) if clusters else None


def copies(instance: Instance) -> bool:
    """It follows another instance or cluster, which can replace it."""
    return instance.role == "replica" or instance.replica_source is not None


def subject(of: Holder) -> Subject:
    return of_cluster(of) if isinstance(of, Cluster) else of_instance(of)


def modify(of: Holder, *options: str, when: When = "now") -> str:
    if isinstance(of, Cluster):
        return modify_cluster(of, *options, when=when)
    return modify_instance(of, *options, when=when)


def name(of: Holder) -> str:
    return of.cluster if isinstance(of, Cluster) else of.identifier


def look(of: Holder, field: str) -> str:
    """The command that prints a field, by the name AWS gives it."""
    plural = "DBClusters" if isinstance(of, Cluster) else "DBInstances"
    return (
        f"aws rds describe-{_kind(of)}s --{_kind(of)}-identifier {quote(name(of))} "
        f"{in_region(of.arn)} --query {quote(f'{plural}[0].{field}')}"
    )


def events_of(of: Holder, last_minutes: int) -> str:
    """The command that prints what AWS noted of it lately."""
    return (
        f"aws rds describe-events --source-type {_kind(of)} --source-identifier {quote(name(of))} "
        f"--duration {last_minutes} {in_region(of.arn)}"
    )


def snapshot_now(of: Holder, named: str) -> str:
    """The command that takes a manual snapshot."""
    shot = _shot(of)
    return (
        f"aws rds create-{shot} --{_kind(of)}-identifier {quote(name(of))} "
        f"--{shot}-identifier {quote(f'{name(of)}-{named}')} {in_region(of.arn)}"
    )


def delete_snapshot(of: Holder, named: str) -> str:
    """The command that deletes the one of `snapshot_now`."""
    shot = _shot(of)
    return (
        f"aws rds delete-{shot} --{shot}-identifier {quote(f'{name(of)}-{named}')} "
        f"{in_region(of.arn)}"
    )


def add_member(cluster: str, identifier: str, like: Instance) -> str:
    """The command that makes an instance of the class of `like` in a cluster by that name."""
    return (
        f"aws rds create-db-instance --db-instance-identifier {quote(identifier)} "
        f"--db-cluster-identifier {quote(cluster)} --engine {like.engine} "
        f"--db-instance-class {like.instance_class} {in_region(like.arn)}"
    )


def renamed(of: Holder, new: str) -> Holder:
    """The same under another name, for commands about what is made of it or stands beside it."""
    return replace(of, cluster=new) if isinstance(of, Cluster) else replace(of, identifier=new)


def _kind(of: Holder) -> str:
    return "db-cluster" if isinstance(of, Cluster) else "db-instance"


def _shot(of: Holder) -> str:
    return "db-cluster-snapshot" if isinstance(of, Cluster) else "db-snapshot"
