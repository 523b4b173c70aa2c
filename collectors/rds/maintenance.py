"""Maintenance that waits to be done on the instance or its cluster, and by when it must."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from collectors.base import collector
from collectors.fields import gauge, label, note, row
from collectors.rds.instance import own_instance, unix
from collectors.rds.needs import Action
from collectors.rds.resources import instance_and_cluster, kind_and_name
from collectors.session import AwsSession
from collectors.snapshot import Snapshot

_FRESH_SECONDS = 870.0  # a little less than the time between two rounds


@row(noun="rds_pending_maintenance")
class PendingAction:
    """Times are Unix seconds. `opt_in` is what somebody agreed to: next-maintenance, immediate."""

    action: str = label("system-update, db-upgrade, os-upgrade, ca-certificate-rotation, …")
    resource: str = note("Identifier of the instance or cluster.")
    of_cluster: bool = note()
    description: str = note("AWS's own words.")
    auto_applied_after: float | None = gauge("In the first window after this it is done.", min)
    forced_apply_at: float | None = gauge("It is done now, window or not.", min)
    current_apply_at: float | None = gauge("When it will be done as things stand.", min)
    opt_in: str | None = note()


@collector(
    Action("rds:DescribePendingMaintenanceActions"),
    Action("rds:DescribeDBInstances"),
    every=timedelta(minutes=15),
)
def maintenance(aws: AwsSession) -> Snapshot[PendingAction]:
    return Snapshot(aws.now(), tuple(_actions(aws)))


def _actions(aws: AwsSession) -> Iterator[PendingAction]:
    ours = instance_and_cluster(own_instance(aws))
    for waiting in aws.pages(
        "rds",
        "describe_pending_maintenance_actions",
        "PendingMaintenanceActions",
        fresh_seconds=_FRESH_SECONDS,
    ):
        kind, name = kind_and_name(waiting.get("ResourceIdentifier", ""))
        if (kind, name) not in ours:
            continue
        for found in waiting.get("PendingMaintenanceActionDetails", ()):
            yield PendingAction(
                action=found.get("Action", ""),
                resource=name,
                of_cluster=kind == "cluster",
                description=found.get("Description", ""),
                auto_applied_after=unix(found.get("AutoAppliedAfterDate")),
                forced_apply_at=unix(found.get("ForcedApplyDate")),
                current_apply_at=unix(found.get("CurrentApplyDate")),
                opt_in=found.get("OptInStatus"),
            )
