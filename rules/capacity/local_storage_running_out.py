"""The disk of an Aurora instance for temporary files fills up."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.rds.cloudwatch import CloudWatch
from collectors.rds.instance import Instance
from collectors.snapshot import Snapshot
from rules.base import Confidence, Finding, Gain, Impact, Remedy, Severity, rule
from rules.capacity.class_change import class_change
from rules.capacity.class_sizes import bigger
from rules.capacity.minutes import points
from rules.capacity.trend import seconds_until
from rules.rds_wording import of_instance
from rules.wording import duration, size

# What AWS documents for the classes of Aurora PostgreSQL is 1.9 to 2.1 times their memory.
_DISK_OF_MEMORY = 2
_MINUTES = 5


@rule(
    title="Local storage runs out",
    severity=Severity.HIGH,
    confidence=Confidence.HEURISTIC,
    engines=("rds",),
    see=(
        "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraPostgreSQL.Managing.html",
        "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraMySQL.Managing.Performance.html",
    ),
)
def local_storage_running_out(
    minutes: Snapshot[CloudWatch],
    instances: Snapshot[Instance],
    *,
    low_ratio: float = 0.15,
    urgent_seconds: float = 3600,
) -> Iterator[Finding]:
    """Little is free of the disk that each Aurora instance has for temporary files and logs.

    Why it matters
        Sorts, hashes and index builds that do not fit into memory use it, and logs too. When it
        is full, statements fail with "no space left on device", and the instance may restart.

    What to do
        Find the statements that write most temporary data, and what runs now. The size of this
        disk comes with the class: only a bigger class has more.

    When to ignore
        One big index build that is nearly done. AWS does not tell how big the disk is: it is
        taken as twice the memory of the class, which is about right for most of them. Serverless
        instances are judged only by how fast it fills.
    """
    (instance,) = instances.rows
    known = points(minutes.rows, lambda m: m.free_local_storage_bytes)
    if not instance.aurora or not known:
        return
    free = max(value for _, value in known[-_MINUTES:])
    total = None if instance.serverless else _DISK_OF_MEMORY * (instance.memory_bytes or 0) or None
    ratio = None if total is None else free / total
    seconds = seconds_until(known, 0)
    fills = seconds is not None and seconds < urgent_seconds
    if not fills and (ratio is None or ratio >= low_ratio):
        return
    when = f", and at this rate none in {duration(seconds)}" if fills and seconds else ""
    about = "" if total is None else f" of about {size(total)}"
    yield Finding(
        subject=of_instance(instance),
        summary=(
            f"{instance.identifier} has {size(free)}{about} left for temporary files and "
            f"logs{when}."
        ),
        evidence={
            "free_local_storage_bytes": free,
            "assumed_total_bytes": total,
            "free_ratio": ratio,
            "full_in_seconds": seconds,
            "instance_class": instance.instance_class,
        },
        impact=Impact() if ratio is None else Impact(Gain.HEADROOM, 1 - min(1.0, ratio)),
        remedy=_remedy(instance),
    )


def _remedy(instance: Instance) -> Remedy:
    text = (
        "End or rewrite the statement that writes most temporary data, and keep logs for a shorter "
        "time. If the space is really needed, take a bigger class."
    )
    verify = "FreeLocalStorage rises within minutes of the statement's end."
    above = bigger(instance.instance_class)
    if above:
        return class_change(instance, above, text, "", verify)
    return Remedy(
        text=text,
        risk="A statement that is ended rolls back what it did.",
        verify=verify,
        rollback="None needed: the statement can be run again.",
    )
