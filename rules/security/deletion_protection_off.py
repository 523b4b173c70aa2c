"""A database that one command deletes."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.rds.cluster import Cluster
from collectors.rds.instance import Instance
from collectors.snapshot import Snapshot
from rules.base import RDS, Confidence, Finding, Remedy, Severity, rule
from rules.rds_holder import copies, holder, look, modify, name, subject
from rules.rds_wording import graded


@rule(
    title="Deletion protection is off",
    severity=Severity.MEDIUM,
    confidence=Confidence.VALIDATED,
    engines=RDS,
    see=("https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_DeleteInstance.html",),
)
def deletion_protection_off(
    instances: Snapshot[Instance], clusters: Snapshot[Cluster] | None
) -> Iterator[Finding]:
    """Nothing but permissions stands between a wrong command and the end of the database.

    Why it matters
        A script, a plan of Terraform or a click on the wrong row deletes the database, and with
        it its automated backups, unless they are kept on purpose.

    What to do
        Switch it on. Whoever means to delete the database switches it off first.

    When to ignore
        Databases that live for hours. Read replicas are left out: they can be made again. One
        severity lower where no tag tells the environment, not told where a tag names another than
        production.
    """
    (instance,) = instances.rows
    kept = holder(instance, clusters)
    if kept is None or kept.deletion_protection is not False or copies(instance):
        return
    severity = graded((*kept.tags, *instance.tags), Severity.MEDIUM)
    if severity is not None:
        yield Finding(
            subject=subject(kept),
            severity=severity,
            summary=f"{name(kept)} can be deleted with one command: deletion protection is off.",
            evidence={
                "deletion_protection": False,
                "backup_retention_days": kept.backup_retention_days,
            },
            remedy=Remedy(
                text="Switch deletion protection on.",
                statements=(modify(kept, "--deletion-protection"),),
                risk=(
                    "Online, no restart; seconds. Tools that delete and make the database anew "
                    "fail until they switch it off."
                ),
                verify=f"Within a minute this gives true: {look(kept, 'DeletionProtection')}",
                rollback=modify(kept, "--no-deletion-protection"),
            ),
        )
