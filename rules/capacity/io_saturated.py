"""The volume, or the link of the class to it, does as much as it may."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

from collectors.rds.cloudwatch import CloudWatch
from collectors.rds.instance import Instance
from collectors.snapshot import Snapshot
from rules.base import Confidence, Finding, Gain, Impact, Remedy, Severity, rule
from rules.capacity.class_change import class_change, outage
from rules.capacity.class_sizes import bigger
from rules.capacity.minutes import latest
from rules.capacity.volume import CHANGE_RISK, FLEXIBLE_GIB, GIB, MIB, Pressure, saturated
from rules.rds_wording import modify_volume, of_instance
from rules.wording import share, size

_MOST = {"gp3": 64_000, "io1": 256_000, "io2": 256_000}
_MOST_MIB = 4_000
_VERIFY = "At the same hour DiskQueueDepth is near 0, and latencies are as low as at quiet hours."


@rule(
    title="I/O is used up",
    severity=Severity.HIGH,
    confidence=Confidence.ESTIMATED,
    engines=("rds",),
    see=(
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html",
        "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ebs-optimized.html",
    ),
)
def io_saturated(
    minutes: Snapshot[CloudWatch],
    instances: Snapshot[Instance],
    *,
    full_ratio: float = 0.85,
    sustained_minutes: int = 10,
) -> Iterator[Finding]:
    """For ten minutes the storage did 85 % or more of what it can, and operations had to wait.

    Why it matters
        Every further read and write waits its turn. Statements that need the disk get slower one
        by one, and commits with them.

    What to do
        Find the statements that read or write most. Then raise what is used up: operations or
        throughput of the volume, or the class, whichever is the lower limit.

    When to ignore
        A load, a backup or an index build that is meant to use all there is. Not told of Aurora,
        whose volume has no such limit, nor where the limit is not known.
    """
    (instance,) = instances.rows
    found = saturated(
        instance, minutes.rows, full_ratio=full_ratio, sustained_minutes=sustained_minutes
    )
    if found is None:
        return
    yield Finding(
        subject=of_instance(instance),
        summary=(
            f"{instance.identifier} does {_amount(found, found.used)} a second, {_used(found)} "
            f"of what its {_holder(instance, found)} can do."
        ),
        evidence={
            "what": found.what,
            "limited_by": found.by,
            "used_per_second": found.used,
            "limit_per_second": found.limit,
            "used_ratio": found.used_ratio,
            "sustained_minutes": sustained_minutes,
            "queue_depth": latest(minutes.rows, lambda m: m.queue_depth),
            "read_latency_p90_seconds": latest(minutes.rows, lambda m: m.read_latency_p90_seconds),
            "write_latency_p90_seconds": latest(
                minutes.rows, lambda m: m.write_latency_p90_seconds
            ),
        },
        impact=Impact(Gain.HEADROOM, found.used_ratio),
        remedy=_of_class(instance, found) if found.by == "class" else _of_volume(instance, found),
    )


def _amount(found: Pressure, count: float) -> str:
    return size(count) if found.what == "throughput" else f"{count:,.0f} operations"


def _used(found: Pressure) -> str:
    return "all" if found.used_ratio > 1 else share(found.used_ratio)


def _holder(instance: Instance, found: Pressure) -> str:
    if found.by == "class":
        return f"class {instance.instance_class}"
    return f"{instance.storage_type} volume"


def _of_class(instance: Instance, found: Pressure) -> Remedy:
    text = (
        f"The class allows {_amount(found, found.limit)} a second to its storage; more on the "
        "volume does not help. Speed up the statements that read and write most, or take a bigger "
        "class."
    )
    above = bigger(instance.instance_class)
    if above:
        return class_change(instance, above, text, "", _VERIFY)
    return Remedy(
        text=text,
        risk=outage(instance),
        verify=_VERIFY,
        rollback="The class can be changed back in the same way.",
    )


def _of_volume(instance: Instance, found: Pressure) -> Remedy:
    options = _more(instance, found)
    grows = any("--allocated-storage 400" in option for option in options)
    return Remedy(
        text=(
            "Find the statements that read and write most first. If all of it is needed, give the "
            f"volume more {found.what}. Compare the price."
            + (f" A gp3 volume has to be {FLEXIBLE_GIB} GiB for that." if grows else "")
        ),
        statements=(modify_volume(instance, *options, when="now"),) if options else (),
        risk=CHANGE_RISK + (" Storage never shrinks again." if grows else ""),
        verify=_VERIFY,
        rollback=_rollback(instance, grows=grows),
    )


def _more(instance: Instance, found: Pressure) -> tuple[str, ...]:
    """Half as much again, in the ways the type of the volume allows."""
    gib = (instance.allocated_bytes or 0) // GIB
    turned = ("--storage-type gp3",) if instance.storage_type == "gp2" else ()
    if instance.storage_type in ("gp2", "gp3") and gib < FLEXIBLE_GIB:
        plain = instance.storage_type == "gp2" and found.what == "operations"
        if plain and found.limit < 3_000:  # noqa: PLR2004  what gp3 comes with
            return turned
        return (*turned, f"--allocated-storage {FLEXIBLE_GIB}", "--iops 12000")
    kind = "gp3" if instance.storage_type == "gp2" else instance.storage_type
    now = 12_000 if kind == "gp3" else 1_000
    if kind not in _MOST:
        return ()
    wanted = found.limit * 1.5 if found.what == "operations" else instance.iops or 0
    operations = min(_MOST[kind], max(now, ceil(wanted / 1000) * 1000))
    given = (*turned, f"--allocated-storage {gib}", f"--iops {operations}")
    if kind != "gp3":
        return given
    through = found.limit if found.what == "throughput" else 0
    through = max(through * 1.5, instance.storage_bytes_per_second or 0, 500 * MIB) / MIB
    return (*given, f"--storage-throughput {min(_MOST_MIB, ceil(through)):.0f}")


def _rollback(instance: Instance, *, grows: bool) -> str:
    if grows:
        return "None possible: a smaller volume takes a new instance."
    if instance.storage_type == "gp2":
        return f"After six hours: {modify_volume(instance, '--storage-type gp2')}"
    gib = (instance.allocated_bytes or 0) // GIB
    options = [f"--allocated-storage {gib}", f"--iops {instance.iops}"]
    if instance.storage_bytes_per_second:
        options.append(f"--storage-throughput {instance.storage_bytes_per_second / MIB:.0f}")
    back = modify_volume(instance, *options)
    return f"After six hours: {back}"
