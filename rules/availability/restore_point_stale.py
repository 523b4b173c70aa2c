"""The newest moment that can be restored falls behind."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.rds.cluster import Cluster
from collectors.rds.instance import Instance
from collectors.snapshot import Snapshot
from rules.base import RDS, Finding, Remedy, Severity, rule
from rules.rds_holder import (
    Holder,
    delete_snapshot,
    events_of,
    holder,
    look,
    name,
    snapshot_now,
    subject,
)
from rules.rds_wording import graded
from rules.wording import duration

# Nothing is written, or there is no first backup yet.
_AT_REST = ("stopped", "stopping", "starting", "creating", "inaccessible-encryption-credentials")


@rule(
    title="The latest restorable moment is too old",
    severity=Severity.HIGH,
    engines=RDS,
    see=("https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIT.html",),
)
def restore_point_stale(
    instances: Snapshot[Instance],
    clusters: Snapshot[Cluster] | None,
    *,
    tolerated_seconds: float = 900,
) -> Iterator[Finding]:
    """Backups are on, but what was written in the last quarter of an hour can't be restored.

    Why it matters
        RDS ships the log every five minutes. When the latest restorable moment stands still,
        shipping is broken: a lost volume or a wrong DELETE now costs all that was written since.

    What to do
        Look at the events of the instance for failed backups and full storage. Take a snapshot
        by hand at once, then open a case with AWS if it does not move again.

    When to ignore
        While a large change of storage or an upgrade runs. A cluster that may pause is left out,
        and so is one that is stopped. One severity lower where no tag tells the environment, not
        told where a tag names another than production.
    """
    (instance,) = instances.rows
    kept = holder(instance, clusters)
    if kept is None or not kept.backup_retention_days or kept.latest_restorable_at is None:
        return
    pauses = isinstance(kept, Cluster) and kept.min_acu == 0
    behind = instances.taken_at - kept.latest_restorable_at
    severity = graded((*kept.tags, *instance.tags), Severity.HIGH)
    if behind <= tolerated_seconds or pauses or kept.status in _AT_REST or severity is None:
        return
    yield Finding(
        subject=subject(kept),
        severity=severity,
        summary=(
            f"{name(kept)} can be restored only to {duration(behind)} ago: what was written "
            "since would be lost."
        ),
        evidence={
            "behind_seconds": behind,
            "latest_restorable_at": kept.latest_restorable_at,
            "backup_retention_days": kept.backup_retention_days,
            "status": kept.status,
        },
        remedy=_remedy(kept),
    )


def _remedy(kept: Holder) -> Remedy:
    return Remedy(
        text=(
            "Take a snapshot now. Then read why: backup, low storage or maintenance among the "
            "events of the last day. If it still stands, ask AWS Support."
        ),
        statements=(snapshot_now(kept, "restore-point"), events_of(kept, 1440)),
        risk=(
            "A snapshot is online; on an instance without a standby, reads and writes may stall "
            "for seconds while it begins. It is stored, and charged for, until it is deleted."
        ),
        verify=(
            "Within 15 min this moment is less than 10 min ago, and moves: "
            f"{look(kept, 'LatestRestorableTime')}"
        ),
        rollback=delete_snapshot(kept, "restore-point"),
    )
