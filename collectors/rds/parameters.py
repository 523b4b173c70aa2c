"""Parameters of the groups an instance uses: value, who set it, when a change takes effect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, Literal

from collectors.base import collector
from collectors.fields import label, note, row
from collectors.rds.cluster import own_cluster
from collectors.rds.instance import own_instance
from collectors.rds.needs import Action
from collectors.session import AwsSession
from collectors.snapshot import Snapshot

_FRESH_SECONDS = 870.0  # a little less than the time between two rounds
_MOST_CHARACTERS = 1000
_PENDING = "pending-reboot"
_STATIC = {"static": True, "dynamic": False}


@row(exported=False)
class Parameter:
    """One parameter. Where both groups name it, only the one that counts is here.

    `value` may be a formula, as ``{DBInstanceClassMemory*3/4}``; None is the engine's default.
    """

    parameter: str = label("Its name.")
    value: str | None = note()
    source: str = note("user, system or engine-default: who set it.")
    static: bool | None = note("A change takes effect at the next reboot.")
    modifiable: bool | None = note()
    allowed: str = note("As 1-1000 or on,off; empty where anything goes.")
    data_type: str = note()
    group: str = note("The group that holds it.")
    scope: Literal["instance", "cluster"] = note("Which kind of group.")
    pending_reboot: bool = note("The group has changes that wait for a reboot.")


@collector(
    Action("rds:DescribeDBParameters"),
    Action("rds:DescribeDBClusterParameters"),
    Action("rds:DescribeDBInstances"),
    Action("rds:DescribeDBClusters"),
    every=timedelta(minutes=15),
)
def parameters(aws: AwsSession) -> Snapshot[Parameter]:
    """In a cluster the instance's own value counts where somebody set it, else the cluster's."""
    own = own_instance(aws)
    counts = {p.parameter: p for p in _of_instance(aws, own)}
    if own.get("DBClusterIdentifier"):
        for found in _of_cluster(aws):
            known = counts.get(found.parameter)
            if known is None or (known.source != "user" and found.source == "user"):
                counts[found.parameter] = found
    return Snapshot(aws.now(), tuple(counts.values()))


def _of_instance(aws: AwsSession, own: Mapping[str, Any]) -> Iterator[Parameter]:
    for group in own.get("DBParameterGroups", ()):
        name, pending = group["DBParameterGroupName"], group.get("ParameterApplyStatus") == _PENDING
        for found in aws.pages(
            "rds",
            "describe_db_parameters",
            "Parameters",
            fresh_seconds=_FRESH_SECONDS,
            DBParameterGroupName=name,
        ):
            yield _parameter(found, name, "instance", pending=pending)


def _of_cluster(aws: AwsSession) -> Iterator[Parameter]:
    cluster = own_cluster(aws)
    name = cluster.get("DBClusterParameterGroup")
    if not name:
        return
    pending = any(
        m["DBInstanceIdentifier"] == aws.instance
        and m.get("DBClusterParameterGroupStatus") == _PENDING
        for m in cluster["DBClusterMembers"]
    )
    for found in aws.pages(
        "rds",
        "describe_db_cluster_parameters",
        "Parameters",
        fresh_seconds=_FRESH_SECONDS,
        DBClusterParameterGroupName=name,
    ):
        yield _parameter(found, name, "cluster", pending=pending)


def _parameter(
    found: Mapping[str, Any], group: str, scope: Literal["instance", "cluster"], *, pending: bool
) -> Parameter:
    value = found.get("ParameterValue")
    return Parameter(
        parameter=found["ParameterName"],
        value=None if value is None else value[:_MOST_CHARACTERS],
        source=found.get("Source", ""),
        static=_STATIC.get(found.get("ApplyType", "")),
        modifiable=found.get("IsModifiable"),
        allowed=found.get("AllowedValues", ""),
        data_type=found.get("DataType", ""),
        group=group,
        scope=scope,
        pending_reboot=pending,
    )
