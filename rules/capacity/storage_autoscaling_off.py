"""Nothing grows the volume when it fills up."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.rds.cloudwatch import CloudWatch
from collectors.rds.instance import Instance
from collectors.snapshot import Snapshot
from rules.base import Confidence, Finding, Gain, Impact, Remedy, Severity, rule
from rules.capacity.storage import MOST_GIB, in_gib, next_gib, room
from rules.capacity.volume import GIB
from rules.rds_holder import look
from rules.rds_wording import graded, modify_volume, of_instance
from rules.wording import share


@rule(
    title="Storage autoscaling is off",
    severity=Severity.MEDIUM,
    confidence=Confidence.VALIDATED,
    engines=("rds",),
    see=("https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIOPS.Autoscaling.html",),
)
def storage_autoscaling_off(
    minutes: Snapshot[CloudWatch],
    instances: Snapshot[Instance],
    *,
    roomy_ratio: float = 0.4,
) -> Iterator[Finding]:
    """Less than 40 % of the storage is free, and RDS is not allowed to add to it.

    Why it matters
        Growth that nobody saw coming ends in a full volume, and a full volume in a stopped
        instance. Autoscaling adds to it when a tenth is left.

    What to do
        Set a maximum that is well above the size today and that you are ready to pay for. Nothing
        changes until the storage is needed.

    When to ignore
        Where the size is fixed on purpose and watched. One severity lower where no tag tells the
        environment, context only where a tag names another than production. Not told of the
        members of a Multi-AZ DB cluster, nor of magnetic storage.
    """
    (instance,) = instances.rows
    found = room(instance, minutes.rows)
    fixed = instance.cluster is not None or instance.storage_type == "standard"
    if instance.max_allocated_bytes is not None or fixed or found is None:
        return
    free_ratio = found.free_bytes / found.allocated_bytes
    if free_ratio >= roomy_ratio or found.allocated_bytes >= MOST_GIB * GIB:
        return
    gib = next_gib(found.used_bytes, found.allocated_bytes, 1.5)
    yield Finding(
        subject=of_instance(instance),
        severity=graded(instance.tags, Severity.MEDIUM, elsewhere=Severity.INFO),
        summary=(
            f"{instance.identifier} has {share(free_ratio)} of {in_gib(found.allocated_bytes)} "
            "free, and autoscaling is off: nothing adds storage when it fills up."
        ),
        evidence={
            "free_bytes": found.free_bytes,
            "free_ratio": free_ratio,
            "allocated_bytes": found.allocated_bytes,
        },
        impact=Impact(Gain.HEADROOM, 1 - free_ratio),
        remedy=Remedy(
            text=f"Let RDS grow the volume up to {gib:,} GiB when it needs to.",
            statements=(modify_volume(instance, f"--max-allocated-storage {gib}", when="now"),),
            risk=(
                "Online and at once. Storage that was added is paid for and never given back; "
                "AWS warns when the maximum is less than 26 % above the size."
            ),
            verify=(
                "RDS then grows the volume when less than a tenth was free for five minutes. This "
                f"gives {gib}: {look(instance, 'MaxAllocatedStorage')}"
            ),
            rollback=modify_volume(
                instance, f"--max-allocated-storage {found.allocated_bytes // GIB}", when="now"
            ),
        ),
    )
