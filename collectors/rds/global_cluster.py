"""The Aurora global database a cluster is part of: regions, who writes, who is in step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from collectors.base import collector
from collectors.fields import gauge, label, note, row
from collectors.rds.needs import Action, InCluster
from collectors.session import AwsSession
from collectors.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Region:
    """A cluster of the global database. `in_step` is connected, pending-resync, or unknown."""

    region: str
    cluster: str
    writer: bool
    in_step: str | None


@row(noun="rds_global_cluster")
class GlobalCluster:
    """`ours` is the region of this target; `moving` is why a switchover or failover is under way.

    No row: the cluster is in no global database.
    """

    global_cluster: str = label("Its identifier.")
    status: str = note()
    ours: str = note()
    writes_here: bool = note("This target's region has the writer.")
    moving: str = note("Empty where nothing is under way.")
    regions: tuple[Region, ...] = note()
    region_count: int = gauge("Regions it spans.")


@collector(
    Action("rds:DescribeGlobalClusters"),
    Action("rds:DescribeDBClusters"),
    InCluster(),
    every=timedelta(minutes=5),
)
def global_cluster(aws: AwsSession) -> Snapshot[GlobalCluster]:
    raise NotImplementedError
