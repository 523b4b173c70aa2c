"""Automated backups that are off, or kept for less than a week."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.rds.cluster import Cluster
from collectors.rds.instance import Instance
from collectors.snapshot import Snapshot
from rules.base import RDS, Confidence, Finding, Remedy, Severity, rule
from rules.rds_holder import Holder, copies, holder, look, modify, name, snapshot_now, subject
from rules.rds_wording import graded


@rule(
    title="Backups are off or kept too short",
    severity=Severity.MEDIUM,
    confidence=Confidence.VALIDATED,
    engines=RDS,
    see=(
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.html",
        "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Managing.Backups.html",
    ),
)
def backups_too_short(
    instances: Snapshot[Instance],
    clusters: Snapshot[Cluster] | None,
    *,
    wanted_days: int = 7,
) -> Iterator[Finding]:
    """The database can't be restored to a point in time at all, or not to one of a week ago.

    Why it matters
        Automated backups are the way back from a wrong DELETE, a bad release or a lost volume.
        With them off there is none. With few days kept, an error found after a long weekend is
        older than the oldest backup.

    What to do
        Keep 7 to 35 days. AWS's own advice is up to 14.

    When to ignore
        Where other backups are made and restored in tests. Read replicas are left out. One severity
        lower where no tag tells the environment, not told where a tag names another than
        production.
    """
    (instance,) = instances.rows
    kept = holder(instance, clusters)
    days = kept.backup_retention_days if kept else None
    if kept is None or days is None or days >= wanted_days or copies(instance):
        return
    severity = graded((*kept.tags, *instance.tags), Severity.MEDIUM if days else Severity.CRITICAL)
    if severity is not None and "BackupRetentionPeriod" not in instance.pending_changes:
        yield Finding(
            subject=subject(kept),
            severity=severity,
            summary=(
                f"Backups of {name(kept)} are kept for {days} {'day' if days == 1 else 'days'}."
                if days
                else f"Automated backups of {name(kept)} are off: there is no point to restore to."
            ),
            evidence={"backup_retention_days": days, "wanted_days": wanted_days},
            remedy=_remedy(kept, days, wanted_days),
        )


def _remedy(kept: Holder, days: int, wanted_days: int) -> Remedy:
    option = f"--backup-retention-period {wanted_days}"
    look_again = f"this gives {wanted_days}: {look(kept, 'BackupRetentionPeriod')}"
    if days:
        return Remedy(
            text=f"Keep backups for {wanted_days} days.",
            statements=(modify(kept, option),),
            risk=(
                "Online, no restart. The storage of backups grows with the days: compare its "
                "price. The older backups come day by day."
            ),
            verify=f"Within minutes {look_again}",
            rollback=modify(kept, f"--backup-retention-period {days}"),
        )
    return Remedy(
        text=(
            f"Switch backups on and keep {wanted_days} days. This restarts the instance: it is "
            "left to the maintenance window; take a snapshot at once."
        ),
        statements=(snapshot_now(kept, "before-backups"), modify(kept, option, when="window")),
        risk=(
            "The change from 0 days is an outage of some minutes. The first backup follows at "
            "once; without a standby, writes may stall for seconds while it begins."
        ),
        verify=f"After the window {look_again}",
        rollback=(
            "To 0 again is an outage too, and deletes all automated backups: "
            f"{modify(kept, '--backup-retention-period 0', when='window')}"
        ),
    )
