"""The instance as AWS sees it: class, storage, availability, backups, protection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from collectors.base import collector
from collectors.fields import gauge, label, note, row
from collectors.rds.classes import ClassSize, size_of
from collectors.rds.needs import Action
from collectors.session import AwsSession, NotOffered, PermissionDenied
from collectors.snapshot import Snapshot

FRESH_SECONDS = 55.0
_GIB = 2**30
_MIB = 2**20


@dataclass(frozen=True, slots=True)
class UsedGroup:
    """A parameter group in use; `status` is in-sync, pending-reboot, applying, …"""

    name: str
    status: str


@row(noun="rds_instance")
class Instance:
    """None is what AWS did not tell; times are Unix seconds.

    `role` is writer or reader in a cluster, replica of another instance, else instance.
    `cluster` and `replica_source` are identifiers. `pending_changes` names the attributes that
    wait for the maintenance window or a reboot.
    """

    instance_class: str = label("As db.r7g.large.")
    role: str = label("writer, reader, replica or instance.")
    zone: str = label("Availability zone it runs in now.")
    identifier: str = note()
    resource_id: str = note()
    arn: str = note()
    region: str = note()
    engine: str = note("As AWS names it: postgres, aurora-mysql, …")
    engine_version: str = note()
    status: str = note("available, storage-optimization, …")
    cluster: str | None = note()
    promotion_tier: int | None = note()
    replica_source: str | None = note()
    replicas: tuple[str, ...] = note("Identifiers of its read replicas.")
    vcpus: int | None = gauge("CPUs of the class; unknown for serverless.")
    memory_bytes: int | None = gauge("Memory of the class; unknown for serverless.")
    size: ClassSize | None = note("All that is known of the class.")
    allocated_bytes: int | None = gauge("Allocated storage; unknown on Aurora.")
    max_allocated_bytes: int | None = gauge("What storage autoscaling may grow it to.")
    iops: int | None = gauge("Provisioned operations a second of the volume.")
    storage_bytes_per_second: float | None = gauge("Provisioned throughput of the volume.")
    storage_type: str = note("gp2, gp3, io1, io2, standard, aurora, aurora-iopt1.")
    multi_az: bool | None = note()
    encrypted: bool | None = note()
    deletion_protection: bool | None = note()
    publicly_accessible: bool | None = note()
    iam_authentication: bool | None = note()
    insights: bool | None = note("Performance Insights is on.")
    insights_mode: str | None = note("standard or advanced.")
    insights_retention_days: int | None = note()
    monitoring_seconds: int | None = note("Interval of Enhanced Monitoring, 0 where it is off.")
    backup_retention_days: int | None = gauge("How long automated backups are kept; 0 is off.")
    latest_restorable_at: float | None = gauge("Newest moment it can be restored to.")
    created_at: float | None = note()
    maintenance_window: str = note("As sun:05:00-sun:06:00, in UTC.")
    backup_window: str = note("As 03:00-03:30, in UTC.")
    minor_upgrades: bool | None = note("Minor versions are installed by AWS.")
    certificate_authority: str | None = note()
    certificate_valid_until: float | None = gauge("When its certificate expires.")
    lifecycle_support: str | None = note("open-source-rds-extended-support or …-disabled.")
    parameter_groups: tuple[UsedGroup, ...] = note()
    pending_changes: tuple[str, ...] = note()
    security_groups: tuple[str, ...] = note("Identifiers of its VPC security groups.")
    exported_logs: tuple[str, ...] = note("Sent to CloudWatch Logs.")
    host: str | None = note("Name of its endpoint.")
    port: int | None = note()
    tags: tuple[tuple[str, str], ...] = note()

    @property
    def aurora(self) -> bool:
        return self.engine.startswith("aurora")

    @property
    def family(self) -> str:
        """The database it is: postgres, mysql or mariadb, on RDS and on Aurora."""
        if "postgres" in self.engine:
            return "postgres"
        return "mysql" if "mysql" in self.engine or self.engine == "aurora" else self.engine

    @property
    def serverless(self) -> bool:
        return self.instance_class == "db.serverless"


@collector(
    Action("rds:DescribeDBInstances"),
    Action("rds:DescribeDBClusters"),
    Action("ec2:DescribeInstanceTypes", optional=True),
    every=timedelta(minutes=1),
)
def instance(aws: AwsSession) -> Snapshot[Instance]:
    return Snapshot(aws.now(), (described(aws),))


def described(aws: AwsSession) -> Instance:
    """The session's own instance; NotOffered where it is no more."""
    found = own_instance(aws)
    try:
        members = [m for c in clusters(aws) for m in c.get("DBClusterMembers", ())]
    except PermissionDenied:
        members = []  # all that is lost is who writes
    return instance_of(found, size_of(aws, found["DBInstanceClass"]), members)


def own_instance(aws: AwsSession) -> Mapping[str, Any]:
    """The session's own instance in AWS's own words; NotOffered where it is no more."""
    found = next((i for i in fleet(aws) if i["DBInstanceIdentifier"] == aws.instance), None)
    if found is None:
        raise NotOffered(f"there is no instance {aws.instance} in {aws.region} any more")
    return found


def fleet(aws: AwsSession) -> Sequence[Mapping[str, Any]]:
    """All instances of the account and region, in AWS's own words."""
    return aws.pages("rds", "describe_db_instances", "DBInstances", fresh_seconds=FRESH_SECONDS)


def clusters(aws: AwsSession) -> Sequence[Mapping[str, Any]]:
    """All clusters of the account and region, in AWS's own words."""
    return aws.pages("rds", "describe_db_clusters", "DBClusters", fresh_seconds=FRESH_SECONDS)


def instance_of(
    found: Mapping[str, Any], size: ClassSize | None, members: Sequence[Mapping[str, Any]]
) -> Instance:
    """One member of DescribeDBInstances; `members` are those of all clusters."""
    endpoint, certificate = found.get("Endpoint", {}), found.get("CertificateDetails", {})
    aurora = found["Engine"].startswith("aurora")
    return Instance(
        instance_class=found["DBInstanceClass"],
        role=_role(found, members),
        zone=found.get("AvailabilityZone", ""),
        identifier=found["DBInstanceIdentifier"],
        resource_id=found["DbiResourceId"],
        arn=found.get("DBInstanceArn", ""),
        region=found.get("DBInstanceArn", "").split(":")[3] if found.get("DBInstanceArn") else "",
        engine=found["Engine"],
        engine_version=found.get("EngineVersion", ""),
        status=found.get("DBInstanceStatus", ""),
        cluster=found.get("DBClusterIdentifier"),
        promotion_tier=found.get("PromotionTier"),
        replica_source=_replica_source(found),
        replicas=tuple(found.get("ReadReplicaDBInstanceIdentifiers", ())),
        vcpus=_vcpus(found, size),
        memory_bytes=size.memory_bytes if size else None,
        size=size,
        # Aurora says 1: its volume grows by itself.
        allocated_bytes=None if aurora else _times(found.get("AllocatedStorage"), _GIB),
        max_allocated_bytes=_times(found.get("MaxAllocatedStorage"), _GIB),
        iops=found.get("Iops"),
        # 0 is said of volumes whose throughput is not provisioned.
        storage_bytes_per_second=_times(found.get("StorageThroughput") or None, _MIB),
        storage_type=found.get("StorageType", ""),
        multi_az=found.get("MultiAZ"),
        encrypted=found.get("StorageEncrypted"),
        deletion_protection=found.get("DeletionProtection"),
        publicly_accessible=found.get("PubliclyAccessible"),
        iam_authentication=found.get("IAMDatabaseAuthenticationEnabled"),
        insights=found.get("PerformanceInsightsEnabled"),
        insights_mode=found.get("DatabaseInsightsMode"),
        insights_retention_days=found.get("PerformanceInsightsRetentionPeriod"),
        monitoring_seconds=found.get("MonitoringInterval"),
        backup_retention_days=found.get("BackupRetentionPeriod"),
        latest_restorable_at=unix(found.get("LatestRestorableTime")),
        created_at=unix(found.get("InstanceCreateTime")),
        maintenance_window=found.get("PreferredMaintenanceWindow", ""),
        backup_window=found.get("PreferredBackupWindow", ""),
        minor_upgrades=found.get("AutoMinorVersionUpgrade"),
        certificate_authority=found.get("CACertificateIdentifier"),
        certificate_valid_until=unix(certificate.get("ValidTill")),
        lifecycle_support=found.get("EngineLifecycleSupport"),
        parameter_groups=tuple(
            UsedGroup(g["DBParameterGroupName"], g.get("ParameterApplyStatus", ""))
            for g in found.get("DBParameterGroups", ())
        ),
        pending_changes=tuple(sorted(found.get("PendingModifiedValues", {}))),
        security_groups=tuple(
            g["VpcSecurityGroupId"] for g in found.get("VpcSecurityGroups", ())
        ),
        exported_logs=tuple(found.get("EnabledCloudwatchLogsExports", ())),
        host=endpoint.get("Address"),
        port=endpoint.get("Port"),
        tags=tags_of(found),
    )  # fmt: skip


def unix(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()


def tags_of(found: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((t["Key"], t.get("Value", "")) for t in found.get("TagList", ()))


def _role(found: Mapping[str, Any], members: Sequence[Mapping[str, Any]]) -> str:
    own = [m for m in members if m["DBInstanceIdentifier"] == found["DBInstanceIdentifier"]]
    if own:
        return "writer" if own[0].get("IsClusterWriter") else "reader"
    return "replica" if _replica_source(found) else "instance"


def _replica_source(found: Mapping[str, Any]) -> str | None:
    """An instance or a Multi-AZ DB cluster."""
    return found.get("ReadReplicaSourceDBInstanceIdentifier") or found.get(
        "ReadReplicaSourceDBClusterIdentifier"
    )


def _vcpus(found: Mapping[str, Any], size: ClassSize | None) -> int | None:
    """Processor features may switch some CPUs of the class off."""
    features = {f["Name"]: f["Value"] for f in found.get("ProcessorFeatures", ())}
    if "coreCount" in features:
        return int(features["coreCount"]) * int(features.get("threadsPerCore", "1"))
    return size.vcpus if size else None


def _times(count: int | None, unit: int) -> int | None:
    return None if count is None else count * unit
