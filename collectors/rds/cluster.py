"""The cluster an instance belongs to: members, roles, capacity, backups, protection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from collectors.base import collector
from collectors.fields import gauge, label, note, row
from collectors.rds.instance import clusters, fleet, tags_of, unix
from collectors.rds.needs import Action, InCluster
from collectors.session import AwsSession, NotOffered
from collectors.snapshot import Snapshot

_FORWARDING = {"enabled": True, "disabling": True, "disabled": False, "enabling": False}


@dataclass(frozen=True, slots=True)
class Member:
    """`tier` 0 is the first to take over; `group_status` is of the cluster's parameter group."""

    identifier: str
    writer: bool
    tier: int | None
    group_status: str
    instance_class: str
    zone: str
    status: str


@row(noun="rds_cluster")
class Cluster:
    """None is what AWS did not tell; ACU are capacity units of Serverless v2, some 2 GiB each.

    A finding about the cluster as a whole is told on its writer only: `here` is that this target
    is the writer.
    """

    cluster: str = label("Its identifier.")
    here: bool = note("This target is its writer.")
    resource_id: str = note()
    arn: str = note()
    engine: str = note("aurora-postgresql, aurora-mysql; postgres or mysql: Multi-AZ DB cluster.")
    engine_version: str = note()
    status: str = note()
    members: tuple[Member, ...] = note()
    zones: tuple[str, ...] = note("Availability zones of its storage.")
    member_count: int = note("Instances of the cluster.")
    min_acu: float | None = gauge("Serverless: least capacity; 0 pauses.")
    max_acu: float | None = gauge("Serverless: most capacity.")
    pause_after_seconds: int | None = note("Idle time until it pauses, where min_acu is 0.")
    backup_retention_days: int | None = gauge("How long automated backups are kept.")
    latest_restorable_at: float | None = gauge("Newest moment it can be restored to.")
    encrypted: bool | None = note()
    deletion_protection: bool | None = note()
    iam_authentication: bool | None = note()
    storage_type: str = note("aurora (pay per I/O) or aurora-iopt1 (I/O-Optimized).")
    parameter_group: str = note()
    global_write_forwarding: bool | None = note()
    tags: tuple[tuple[str, str], ...] = note()

    @property
    def serverless(self) -> bool:
        return self.max_acu is not None


@collector(
    Action("rds:DescribeDBClusters"),
    Action("rds:DescribeDBInstances"),
    InCluster(),
    every=timedelta(minutes=1),
)
def cluster(aws: AwsSession) -> Snapshot[Cluster]:
    found = own_cluster(aws)
    instances = {i["DBInstanceIdentifier"]: i for i in fleet(aws)}
    members = tuple(
        _member(m, instances.get(m["DBInstanceIdentifier"], {})) for m in found["DBClusterMembers"]
    )
    here = any(m.writer and m.identifier == aws.instance for m in members)
    return Snapshot(aws.now(), (_cluster_of(found, members, here=here),))


def own_cluster(aws: AwsSession) -> Mapping[str, Any]:
    """The one this instance is a member of, in AWS's own words; NotOffered where there is none."""
    for found in clusters(aws):
        members = found.get("DBClusterMembers", ())
        if any(m["DBInstanceIdentifier"] == aws.instance for m in members):
            return found
    raise NotOffered(f"the instance {aws.instance} is not a member of a cluster")


def _member(found: Mapping[str, Any], instance: Mapping[str, Any]) -> Member:
    return Member(
        identifier=found["DBInstanceIdentifier"],
        writer=found.get("IsClusterWriter", False),
        tier=found.get("PromotionTier"),
        group_status=found.get("DBClusterParameterGroupStatus", ""),
        instance_class=instance.get("DBInstanceClass", ""),
        zone=instance.get("AvailabilityZone", ""),
        status=instance.get("DBInstanceStatus", ""),
    )


def _cluster_of(found: Mapping[str, Any], members: tuple[Member, ...], *, here: bool) -> Cluster:
    engine, capacity = found["Engine"], found.get("ServerlessV2ScalingConfiguration", {})
    # Aurora names its storage only where it is not the standard one.
    plain = "aurora" if engine.startswith("aurora") else ""
    return Cluster(
        cluster=found["DBClusterIdentifier"],
        here=here,
        resource_id=found.get("DbClusterResourceId", ""),
        arn=found.get("DBClusterArn", ""),
        engine=engine,
        engine_version=found.get("EngineVersion", ""),
        status=found.get("Status", ""),
        members=members,
        zones=tuple(found.get("AvailabilityZones", ())),
        member_count=len(members),
        min_acu=capacity.get("MinCapacity"),
        max_acu=capacity.get("MaxCapacity"),
        pause_after_seconds=capacity.get("SecondsUntilAutoPause"),
        backup_retention_days=found.get("BackupRetentionPeriod"),
        latest_restorable_at=unix(found.get("LatestRestorableTime")),
        encrypted=found.get("StorageEncrypted"),
        deletion_protection=found.get("DeletionProtection"),
        iam_authentication=found.get("IAMDatabaseAuthenticationEnabled"),
        storage_type=found.get("StorageType", plain),
        parameter_group=found.get("DBClusterParameterGroup", ""),
        global_write_forwarding=_FORWARDING.get(found.get("GlobalWriteForwardingStatus", "")),
        tags=tags_of(found),
    )
