"""What rules about protection share: who holds the volume, how much it matters, how to look."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from shlex import quote
from typing import Literal

from collectors.rds.cluster import Cluster
from collectors.rds.instance import Instance
from collectors.snapshot import Snapshot
from rules.base import Severity, Subject
from rules.rds_wording import modify_cluster, modify_instance, of_cluster, of_instance, production

# Both have encrypted, deletion_protection, iam_authentication, backup_retention_days,
# latest_restorable_at, engine, engine_version, arn and tags.
Holder = Instance | Cluster


def holder(instance: Instance, clusters: Snapshot[Cluster] | None) -> Holder | None:
    """The instance, or the cluster it writes for; None where another target tells of it."""
    if instance.cluster is None:
        return instance
    return next((c for c in clusters.rows if c.here), None) if clusters else None


def graded(
    tags: Iterable[tuple[str, str]], severity: Severity, elsewhere: Severity | None = None
) -> Severity | None:
    """As bad as said in production, one lower where no tag tells, `elsewhere` where it is not.

    None is not worth telling.
    """
    match production(tags):
        case True:
            return severity
        case None:
            return Severity(max(severity - 1, Severity.INFO))
    return elsewhere


def copies(instance: Instance) -> bool:
    """It follows another instance or cluster, which can replace it."""
    return instance.role == "replica" or instance.replica_source is not None


def subject(of: Holder) -> Subject:
    return of_cluster(of) if isinstance(of, Cluster) else of_instance(of)


def modify(of: Holder, *options: str, when: Literal["now", "window"] = "now") -> str:
    if isinstance(of, Cluster):
        return modify_cluster(of, *options, when=when)
    return modify_instance(of, *options, when=when)


def name(of: Holder) -> str:
    return of.cluster if isinstance(of, Cluster) else of.identifier


def look(of: Holder, field: str) -> str:
    """The command that prints a field, by the name AWS gives it."""
    kind, plural = ("db-cluster", "DBClusters") if isinstance(of, Cluster) else _INSTANCE
    return (
        f"aws rds describe-{kind}s --{kind}-identifier {quote(name(of))} "
        f"--region {region(of)} --query {quote(f'{plural}[0].{field}')}"
    )


_INSTANCE = ("db-instance", "DBInstances")


def region(of: Holder) -> str:
    """From its ARN, as arn:aws:rds:eu-west-1:123456789012:cluster:shop."""
    return of.arn.split(":")[3] if of.arn.count(":") > 3 else "YOUR-REGION"  # noqa: PLR2004


def snapshot_now(of: Holder, named: str) -> str:
    """The command that takes a manual snapshot."""
    kind = "db-cluster" if isinstance(of, Cluster) else "db"
    of_what = "db-cluster" if isinstance(of, Cluster) else "db-instance"
    return (
        f"aws rds create-{kind}-snapshot --{of_what}-identifier {quote(name(of))} "
        f"--{kind}-snapshot-identifier {quote(f'{name(of)}-{named}')} --region {region(of)}"
    )


def delete_snapshot(of: Holder, named: str) -> str:
    """The command that deletes the one of `snapshot_now`."""
    kind = "db-cluster" if isinstance(of, Cluster) else "db"
    return (
        f"aws rds delete-{kind}-snapshot --{kind}-snapshot-identifier "
        f"{quote(f'{name(of)}-{named}')} --region {region(of)}"
    )


def renamed(of: Holder, new: str) -> Holder:
    """The same under another name, for commands about what is made of it or stands beside it."""
    return replace(of, cluster=new) if isinstance(of, Cluster) else replace(of, identifier=new)
