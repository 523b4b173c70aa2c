"""An instance with no standby."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.rds.instance import Instance
from collectors.snapshot import Snapshot
from rules.base import RDS, Confidence, Finding, Remedy, Severity, rule
from rules.rds_holder import copies, look
from rules.rds_wording import graded, modify_instance, of_instance


@rule(
    title="The instance has no standby in another zone",
    severity=Severity.HIGH,
    confidence=Confidence.VALIDATED,
    engines=RDS,
    see=(
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.MultiAZSingleStandby.html",
    ),
)
def single_az(instances: Snapshot[Instance]) -> Iterator[Finding]:
    """If its availability zone or its volume fails, the instance is down until it is restored.

    Why it matters
        With Multi-AZ a standby takes over within one to two minutes, with nothing lost. Without
        it a lost volume means a restore from a backup: an hour or more, and up to five minutes
        of writes gone. A failed host and a patch take the database away for minutes.

    What to do
        Switch Multi-AZ on. It is done online; the instance is slower while its volume is copied.

    When to ignore
        Data that can be made again. Read replicas and members of clusters are left out. One
        severity lower where no tag tells the environment, not told where a tag names another than
        production.
    """
    (instance,) = instances.rows
    alone = instance.multi_az is False and instance.cluster is None and not copies(instance)
    severity = graded(instance.tags, Severity.HIGH)
    if not alone or severity is None or "MultiAZ" in instance.pending_changes:
        return
    yield Finding(
        subject=of_instance(instance),
        severity=severity,
        summary=(
            f"{instance.identifier} runs in {instance.zone or 'one zone'} alone: if that zone or "
            "its volume fails, the way back is a restore."
        ),
        evidence={
            "multi_az": False,
            "zone": instance.zone or None,
            "allocated_bytes": instance.allocated_bytes,
            "replicas": len(instance.replicas),
        },
        remedy=Remedy(
            text=(
                "Add a standby in another zone, at a quiet hour. The price of the instance and of "
                "its storage about doubles: compare before."
            ),
            statements=(modify_instance(instance, "--multi-az", when="now"),),
            risk=(
                "No restart. While the volume is copied (minutes to hours) reads and writes are "
                "slower; afterwards each commit waits for the standby too."
            ),
            verify=f"Within hours this gives true: {look(instance, 'MultiAZ')}",
            rollback=modify_instance(instance, "--no-multi-az", when="now"),
        ),
    )
