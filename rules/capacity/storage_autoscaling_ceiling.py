"""Storage autoscaling has reached, or nearly reached, what it is allowed."""

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

_TOLD_BY_RUNNING_OUT = 0.2


@rule(
    title="Storage autoscaling nears its maximum",
    severity=Severity.HIGH,
    confidence=Confidence.VALIDATED,
    engines=("rds",),
    see=("https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIOPS.Autoscaling.html",),
)
def storage_autoscaling_ceiling(
    minutes: Snapshot[CloudWatch] | None,
    instances: Snapshot[Instance],
    *,
    near_ratio: float = 0.8,
    roomy_ratio: float = 0.4,
) -> Iterator[Finding]:
    """The volume is at 80 % or more of the size that autoscaling may grow it to.

    Why it matters
        At the maximum autoscaling stops without a word to the application. The volume then fills
        up like one that has none, and a full volume stops the instance.

    What to do
        Raise the maximum, which costs nothing until the storage is used; or see what grows.

    When to ignore
        Where the maximum is a limit of cost on purpose. Low while 40 % are free. One severity
        lower where no tag tells the environment, context only where a tag names another than
        production. With less than 20 % of the maximum left, storage-running-out tells it instead.
    """
    (instance,) = instances.rows
    allocated, most = instance.allocated_bytes, instance.max_allocated_bytes
    if not allocated or not most or most >= MOST_GIB * GIB:
        return
    found = room(instance, minutes.rows) if minutes else None
    used_up = found is not None and found.left_ratio < _TOLD_BY_RUNNING_OUT
    if allocated < near_ratio * most or used_up:
        return
    free_ratio = found.free_bytes / allocated if found else None
    gib = next_gib(found.used_bytes if found else 0.0, max(allocated, most), 1.26)
    yield Finding(
        subject=of_instance(instance),
        severity=graded(instance.tags, _severity(free_ratio, roomy_ratio), elsewhere=Severity.INFO),
        summary=(
            f"{instance.identifier} has grown to {in_gib(allocated)} of at most {in_gib(most)} "
            f"({share(allocated / most)}): autoscaling "
            + ("cannot help any more." if allocated >= most else "will not help much longer.")
        ),
        evidence={
            "allocated_bytes": allocated,
            "max_allocated_bytes": most,
            "grown_ratio": allocated / most,
            "free_ratio": free_ratio,
        },
        impact=Impact(Gain.HEADROOM, allocated / most),
        remedy=Remedy(
            text=f"Raise the maximum to {gib:,} GiB.",
            statements=(modify_volume(instance, f"--max-allocated-storage {gib}", when="now"),),
            risk="Online and at once; costs only what is then used. Storage never shrinks again.",
            verify=f"This gives {gib}: {look(instance, 'MaxAllocatedStorage')}",
            rollback=modify_volume(instance, f"--max-allocated-storage {most // GIB}", when="now"),
        ),
    )


def _severity(free_ratio: float | None, roomy_ratio: float) -> Severity:
    roomy = free_ratio is not None and free_ratio >= roomy_ratio
    return Severity.LOW if roomy else Severity.HIGH
