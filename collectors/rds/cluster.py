"""The cluster an instance belongs to: members, roles, capacity, backups, protection."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from collectors.base import collector
from collectors.fields import gauge, label, note, row
from collectors.rds.needs import Action, InCluster
from collectors.session import AwsSession
from collectors.snapshot import Snapshot


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
    member_count: int = gauge("Instances of the cluster.")
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
    raise NotImplementedError
