"""Maintenance that waits to be done on the instance or its cluster, and by when it must."""

from __future__ import annotations

from datetime import timedelta

from collectors.base import collector
from collectors.fields import gauge, label, note, row
from collectors.rds.needs import Action
from collectors.session import AwsSession
from collectors.snapshot import Snapshot


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


@collector(Action("rds:DescribePendingMaintenanceActions"), every=timedelta(minutes=15))
def maintenance(aws: AwsSession) -> Snapshot[PendingAction]:
    raise NotImplementedError
