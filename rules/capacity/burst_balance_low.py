from __future__ import annotations

from collections.abc import Iterator

from collectors.rds.cloudwatch import CloudWatch
from collectors.rds.instance import Instance
from collectors.snapshot import Snapshot
from rules.base import Confidence, Finding, Gain, Impact, Remedy, Severity, rule
from rules.capacity.balances import Balance, low_balance
from rules.capacity.class_change import class_change, class_may_change
from rules.capacity.class_sizes import bigger
from rules.capacity.gp3_change import to_gp3
from rules.capacity.minutes import latest, points
from rules.capacity.volume import (
    GIB,
    bytes_per_second,
    of_gp2,
    operations_per_second,
    saturated,
)
from rules.rds_wording import of_instance
from rules.wording import duration, share, size

_SPENT_RATIO = 0.01


@rule(
    title="Credits for I/O run out",
    severity=Severity.HIGH,
    confidence=Confidence.VALIDATED,
    engines=("rds",),
    see=(
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html",
        "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ebs-optimized.html",
    ),
)
def burst_balance_low(
    minutes: Snapshot[CloudWatch],
    instances: Snapshot[Instance],
    *,
    low_ratio: float = 0.1,
    falling_ratio: float = 0.3,
    sustained_minutes: int = 3,
) -> Iterator[Finding]:
    """For three minutes less than 10 % of the I/O credits were left, or less than 30 % and falling.

    Why it matters
        A gp2 volume below 4,000 GiB, and most small classes, do more I/O than their baseline only
        while they have credits. Without them they fall back to it, and every statement that needs
        the disk waits.

    What to do
        Find what reads and writes so much, and stop what can wait. For the volume, change the
        type to gp3, which needs no credits. For the class, take a bigger one.

    When to ignore
        A load or a backup that ends soon. Critical once the credits are spent, medium between 10
        and 30 %. Where operations have to wait already, io-saturated tells it instead. Not told of
        Aurora, whose storage has no credits.
    """
    (instance,) = instances.rows
    found = low_balance(
        instance, minutes.rows, low_ratio=low_ratio, falling_ratio=falling_ratio,
        sustained_minutes=sustained_minutes,
    )  # fmt: skip
    if found is None or saturated(instance, minutes.rows):
        return
    yield Finding(
        subject=of_instance(instance),
        severity=_severity(found, low_ratio),
        summary=_summary(instance, found),
        evidence={
            "metric": found.metric,
            "left_ratio": found.left_ratio,
            "sustained_minutes": sustained_minutes,
            "empty_in_seconds": found.empty_in_seconds,
            "operations_per_second": latest(minutes.rows, operations_per_second),
            "bytes_per_second": latest(minutes.rows, bytes_per_second),
            "instance_class": instance.instance_class,
        },
        impact=Impact(Gain.HEADROOM, 1 - found.left_ratio),
        remedy=_remedy(instance, found, minutes),
    )


def _volume(found: Balance) -> bool:
    return found.metric == "BurstBalance"


def _severity(found: Balance, low_ratio: float) -> Severity:
    if found.left_ratio < _SPENT_RATIO:
        return Severity.CRITICAL
    return Severity.HIGH if found.left_ratio < low_ratio else Severity.MEDIUM


def _summary(instance: Instance, found: Balance) -> str:
    of = "gp2 volume" if _volume(found) else f"class {instance.instance_class}"
    ends = found.empty_in_seconds
    when = f", and at this rate none in {duration(ends)}" if ends else ""
    return (
        f"The {of} of {instance.identifier} has {share(found.left_ratio)} of its I/O credits "
        f"left{when}; without them it does {_baseline(instance, found)}."
    )


def _baseline(instance: Instance, found: Balance) -> str:
    link = instance.size
    if found.metric == "EBSByteBalance%":
        through = link.baseline_bytes_per_second if link else None
        return f"{size(through)} a second" if through else "its baseline only"
    operations: float | None = link.baseline_operations_per_second if link else None
    if _volume(found):
        operations = of_gp2((instance.allocated_bytes or 0) / GIB).operations
    return f"{operations:,.0f} operations a second" if operations else "its baseline only"


def _remedy(instance: Instance, found: Balance, minutes: Snapshot[CloudWatch]) -> Remedy:
    first = "Stop what reads or writes much and can wait. "
    if _volume(found):
        moved = max((v for _, v in points(minutes.rows, bytes_per_second)), default=None)
        return to_gp3(instance, moved, first, when="now")
    text = (
        f"{first}If all of it is needed, take a bigger class: more operations of the volume do "
        "not help."
    )
    verify = f"{found.metric} in CloudWatch stays above 50 % at the same hour."
    above = bigger(instance.instance_class)
    if above is None or not class_may_change(instance):
        return Remedy(text=text, verify=verify)
    return class_change(instance, above, text, "", verify)
