"""The volume of an RDS instance fills up."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.rds.cloudwatch import CloudWatch
from collectors.rds.instance import Instance
from collectors.rds.usage import UsedHour
from collectors.session import Points
from collectors.snapshot import Snapshot
from rules.base import Confidence, Finding, Gain, Impact, Remedy, Severity, rule
from rules.capacity.minutes import points
from rules.capacity.storage import MOST_GIB, Room, grown, in_gib, next_gib, room
from rules.capacity.trend import seconds_until, within
from rules.capacity.volume import CHANGE_RISK, GIB
from rules.rds_holder import look
from rules.rds_wording import modify_volume, of_instance
from rules.wording import duration, share

_DAY = 86_400
# The hours are asked for every six: twelve of them hold six or more.
_WINDOWS_SECONDS = (_DAY / 2, 7 * _DAY)
# A quarter of an hour on a volume that is half empty is a burst, no trend.
_NEAR_RATIO = 0.5


@rule(
    title="Storage runs out",
    severity=Severity.HIGH,
    confidence=Confidence.ESTIMATED,
    engines=("rds",),
    see=(
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIOPS.Autoscaling.html",
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html",
    ),
)
def storage_running_out(
    minutes: Snapshot[CloudWatch],
    instances: Snapshot[Instance],
    usage: Snapshot[UsedHour] | None,
    *,
    low_ratio: float = 0.2,
    urgent_ratio: float = 0.1,
) -> Iterator[Finding]:
    """Little of the storage is free, or it will be used up within a day if it goes on like this.

    Why it matters
        A full volume stops the instance: its state becomes storage-full, and no connection is
        taken until there is more storage.

    What to do
        Make the volume bigger now; it is done without an interruption. Then see what grows: log
        kept for a replication slot, binary logs, temporary files, or tables.

    When to ignore
        A large volume whose tenth lasts for years at the rate it grows. While autoscaling has
        room, the size it may grow to counts instead of the allocated one, unless the volume is
        nearly full and has not been grown.
    """
    (instance,) = instances.rows
    found = room(instance, minutes.rows)
    full = instance.status == "storage-full"
    if found is None and instance.allocated_bytes and full:
        found = Room(instance.allocated_bytes, instance.allocated_bytes, 0.0)
    if found is None:
        return
    seconds = _seconds_left(found, minutes, usage)
    if full or (seconds is not None and seconds < _DAY):
        severity = Severity.CRITICAL
    elif found.left_ratio < urgent_ratio:
        severity = Severity.HIGH
    elif found.left_ratio < low_ratio:
        severity = Severity.MEDIUM
    else:
        return
    yield Finding(
        subject=of_instance(instance),
        severity=severity,
        summary=_summary(instance, found, seconds),
        evidence={
            "free_bytes": found.free_bytes,
            "allocated_bytes": found.allocated_bytes,
            "max_allocated_bytes": instance.max_allocated_bytes,
            "judged_against_bytes": found.limit_bytes,
            "left_ratio": found.left_ratio,
            "full_in_seconds": seconds,
            "status": instance.status,
        },
        impact=Impact(Gain.HEADROOM, 1 - found.left_ratio),
        remedy=_remedy(instance, found),
    )


def _seconds_left(
    found: Room, minutes: Snapshot[CloudWatch], usage: Snapshot[UsedHour] | None
) -> float | None:
    """By what the minutes, the last hours and the last days say; the worst counts."""
    recent = points(minutes.rows, lambda m: m.free_storage_bytes)
    hours = () if usage is None else points(usage.rows, lambda h: h.free_storage_min_bytes)
    history: Points = (*(p for p in hours if p[0] < recent[0][0]), recent[-1]) if recent else ()
    windows = [within(history, seconds) for seconds in _WINDOWS_SECONDS]
    if found.left_ratio < _NEAR_RATIO:
        windows.append(recent)
    level = found.allocated_bytes - found.limit_bytes  # below zero: autoscaling adds to it
    ends = [seconds_until(window, level) for window in windows]
    return min((end for end in ends if end is not None), default=None)


def _summary(instance: Instance, found: Room, seconds: float | None) -> str:
    when = "" if seconds is None else f"; at this rate it is full in {duration(seconds)}"
    if instance.status == "storage-full":
        return f"{instance.identifier} has stopped: its {in_gib(found.allocated_bytes)} are full."
    if found.grows:
        return (
            f"{instance.identifier} uses {in_gib(found.used_bytes)} of the "
            f"{in_gib(found.limit_bytes)} that autoscaling may grow it to "
            f"({share(found.left_ratio)} left){when}."
        )
    late = ", and autoscaling has not grown it" if found.late else ""
    return (
        f"{instance.identifier} has {in_gib(found.free_bytes)} of {in_gib(found.allocated_bytes)} "
        f"free ({share(found.left_ratio)}){late}{when}."
    )


def _remedy(instance: Instance, found: Room) -> Remedy:
    verify = (
        "Within minutes FreeStorageSpace rises, and this gives the new size in GiB: "
        f"{look(instance, 'AllocatedStorage')}"
    )
    if found.grows:
        gib = next_gib(found.used_bytes, found.limit_bytes, 1.26)
        return Remedy(
            text=f"Allow autoscaling up to {gib:,} GiB, and see what grows.",
            statements=(modify_volume(instance, f"--max-allocated-storage {gib}", when="now"),),
            risk="Online and at once; costs only what is then used. Storage never shrinks again.",
            verify=f"This gives {gib}: {look(instance, 'MaxAllocatedStorage')}",
            rollback="While the volume is smaller than that: "
            + modify_volume(
                instance, f"--max-allocated-storage {found.limit_bytes // GIB}", when="now"
            ),
        )
    gib = next_gib(found.used_bytes, found.allocated_bytes, 1.1)
    if found.allocated_bytes >= MOST_GIB * GIB:
        return Remedy(
            text="The volume is as big as RDS makes one: remove data, or move some elsewhere.",
            risk="Deleting rows frees space for new rows; only dropping tables frees the volume.",
            verify="FreeStorageSpace rises.",
            rollback="None possible for removed data.",
        )
    ceiling = (instance.max_allocated_bytes or 0) / GIB
    raised = (f"--max-allocated-storage {next_gib(0, gib * GIB, 1.26)}",)
    options = (*grown(instance, gib), *(raised if 0 < ceiling < gib * 1.1 else ()))
    return Remedy(
        text=f"Make the volume {gib:,} GiB, then see what grows.",
        statements=(modify_volume(instance, *options, when="now"),),
        risk=f"{CHANGE_RISK} Storage never shrinks again.",
        verify=verify,
        rollback="None possible: a smaller volume takes a new instance.",
    )
