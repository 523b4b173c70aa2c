"""A volume of the older general-purpose type, whose speed depends on its size and on credits."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.rds.cloudwatch import CloudWatch
from collectors.rds.instance import Instance
from collectors.snapshot import Snapshot
from rules.base import Confidence, Finding, Impact, Remedy, Severity, rule
from rules.capacity.by_environment import by_environment
from rules.capacity.minutes import points
from rules.capacity.volume import FLEXIBLE_GIB, GIB, MIB, bytes_per_second, of_gp2, of_gp3
from rules.rds_wording import modify_volume, of_instance
from rules.wording import share, size


@rule(
    title="The volume is of type gp2",
    severity=Severity.MEDIUM,
    confidence=Confidence.ESTIMATED,
    engines=("rds",),
    see=("https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html",),
)
def gp2_volume(
    minutes: Snapshot[CloudWatch] | None,
    instances: Snapshot[Instance],
    *,
    low_burst_ratio: float = 0.3,
) -> Iterator[Finding]:
    """The storage is gp2: 3 operations a second for each GiB, and a burst on credit.

    Why it matters
        A small gp2 volume does a few hundred operations a second once its credits are spent, and
        the database slows down at its busiest hour. gp3 does 3,000 at all times, and 12,000 from
        400 GiB on.

    What to do
        Change the type to gp3; the database stays up. Above 4,000 GiB, gp2 does more than gp3
        comes with: provision as many operations. Compare the prices of both for your region.

    When to ignore
        A volume below 400 GiB that moves more than 125 MiB a second: gp3 has no more than that at
        this size. High while burst credits are low; else one severity lower where no tag says
        that it is production, for information only where a tag says that it is not.
    """
    (instance,) = instances.rows
    if instance.storage_type != "gp2" or not instance.allocated_bytes or instance.aurora:
        return
    gib = instance.allocated_bytes // GIB
    rows = minutes.rows if minutes else ()
    burst = min((v for _, v in points(rows, lambda m: m.burst_balance_ratio)), default=None)
    moved = max((v for _, v in points(rows, bytes_per_second)), default=None)
    before, after = of_gp2(gib), of_gp3(gib)
    low = burst is not None and burst < low_burst_ratio
    credits = f" and has {share(burst)} of its burst credits left" if low and burst else ""
    yield Finding(
        subject=of_instance(instance),
        severity=Severity.HIGH if low else by_environment(Severity.MEDIUM, instance.tags),
        summary=(
            f"The {gib:,} GiB volume of {instance.identifier} is gp2: it may do "
            f"{before.operations:,.0f} operations a second all the time{credits}; as gp3 it does "
            f"{after.operations:,.0f}."
        ),
        evidence={
            "allocated_gib": gib,
            "gp2_baseline_operations_per_second": before.operations,
            "gp3_baseline_operations_per_second": after.operations,
            "gp3_baseline_bytes_per_second": after.throughput_bytes,
            "burst_balance_ratio": burst,
            "busiest_minute_bytes_per_second": moved,
        },
        impact=Impact(),
        remedy=_remedy(instance, gib, moved),
    )


def _remedy(instance: Instance, gib: int, moved: float | None) -> Remedy:
    before, after = of_gp2(gib), of_gp3(gib)
    slower = moved is not None and moved > (after.throughput_bytes or 0)
    operations = max(before.operations or 0, after.operations or 0)
    options = ["--storage-type gp3"]
    if gib >= FLEXIBLE_GIB:
        through = before.throughput_bytes if slower else after.throughput_bytes
        options += [
            f"--iops {operations:.0f}",
            f"--storage-throughput {(through or 0) / MIB:.0f}",
        ]
    elif slower:
        options += [f"--allocated-storage {FLEXIBLE_GIB}", "--iops 12000"]
    grows = slower and gib < FLEXIBLE_GIB
    extra = ""
    if grows:
        extra = (
            f", and grow it to {FLEXIBLE_GIB} GiB: below that gp3 moves at most 125 MiB a second"
        )
    elif operations > (after.operations or 0):
        extra = f" with the {operations:,.0f} operations a second that gp2 gives today"
    return Remedy(
        text=f"Change the type to gp3{extra}. Compare the price of both for your region first.",
        statements=(modify_volume(instance, *options),),
        risk=(
            "Online. I/O may be slower for hours while storage is optimised, and for six hours no "
            f"other change of storage is taken. gp3 moves {size(after.throughput_bytes or 0)} a "
            f"second as it comes, gp2 of this size at most {size(before.throughput_bytes or 0)}."
            + (" Storage never shrinks again." if grows else "")
        ),
        verify=(
            "aws rds describe-db-instances shows StorageType gp3 and the state available; at the "
            "busiest hour ReadLatency and WriteLatency are not higher than before."
        ),
        rollback=modify_volume(instance, "--storage-type gp2")
        + (" (the size stays)" if grows else ""),
    )
