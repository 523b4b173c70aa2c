"""The Aurora global database a cluster is part of: regions, who writes, who is in step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from collectors.base import collector
from collectors.fields import gauge, label, note, row
from collectors.rds.cluster import own_cluster
from collectors.rds.needs import Action, InCluster
from collectors.session import AwsSession
from collectors.snapshot import Snapshot

_FRESH_SECONDS = 290.0


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
    spanned_regions: int = gauge("Regions it spans.")


@collector(
    Action("rds:DescribeGlobalClusters"),
    Action("rds:DescribeDBClusters"),
    InCluster(),
    every=timedelta(minutes=5),
)
def global_cluster(aws: AwsSession) -> Snapshot[GlobalCluster]:
    arn = own_cluster(aws).get("DBClusterArn", "")
    found = aws.pages(
        "rds", "describe_global_clusters", "GlobalClusters", fresh_seconds=_FRESH_SECONDS
    )
    rows = (_global_cluster_of(each, arn) for each in found if arn in _members(each))
    return Snapshot(aws.now(), tuple(rows))


def _members(found: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Clusters by ARN; of one that is only named as the reader of another nothing is known."""
    told = {m["DBClusterArn"]: m for m in found.get("GlobalClusterMembers", ())}
    named: dict[str, Mapping[str, Any]] = {
        a: {} for m in told.values() for a in m.get("Readers", ())
    }
    return {**named, **told}


def _global_cluster_of(found: Mapping[str, Any], arn: str) -> GlobalCluster:
    members = _members(found)
    regions = [_region(a, member) for a, member in members.items()]
    return GlobalCluster(
        global_cluster=found["GlobalClusterIdentifier"],
        status=found.get("Status", ""),
        ours=_region(arn, {}).region,
        writes_here=members[arn].get("IsWriter", False),
        moving=_moving(found.get("FailoverState", {})),
        regions=tuple(sorted(regions, key=lambda r: (not r.writer, r.region))),
        spanned_regions=len({r.region for r in regions}),
    )


def _region(arn: str, member: Mapping[str, Any]) -> Region:
    """Of an ARN as arn:aws:rds:eu-west-1:123456789012:cluster:shop."""
    _, _, _, region, _, _, cluster = arn.split(":")
    return Region(
        region, cluster, member.get("IsWriter", False), member.get("SynchronizationStatus")
    )


def _moving(state: Mapping[str, Any]) -> str:
    if "Status" not in state:
        return ""
    what = "failover" if state.get("IsDataLossAllowed") else "switchover"
    ways = {"from": state.get("FromDbClusterArn"), "to": state.get("ToDbClusterArn")}
    places = [f" {way} {_region(arn, {}).region}" for way, arn in ways.items() if arn]
    return f"{what}{''.join(places)}: {state['Status']}"
