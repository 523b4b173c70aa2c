"""A volume of the older general-purpose type, whose speed depends on its size and on credits."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.rds.cloudwatch import CloudWatch
from collectors.rds.instance import Instance
from collectors.snapshot import Snapshot
from rules.base import Confidence, Finding, Impact, Severity, rule
from rules.capacity.gp3_change import to_gp3
from rules.capacity.minutes import points
from rules.capacity.volume import GIB, bytes_per_second, of_gp2, of_gp3
from rules.rds_wording import graded, of_instance


@rule(
    title="The volume is of type gp2",
    severity=Severity.MEDIUM,
    confidence=Confidence.ESTIMATED,
    engines=("rds",),
    see=("https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html",),
)
def gp2_volume(
    minutes: Snapshot[CloudWatch] | None, instances: Snapshot[Instance]
) -> Iterator[Finding]:
    """The storage is gp2: 3 operations a second for each GiB, more only while credits last.

    Why it matters
        A small gp2 volume does a few hundred operations a second once its credits are spent, and
        the database slows down at its busiest hour. gp3 does 3,000 at all times, and 12,000 from
        400 GiB on.

    What to do
        Change the type to gp3; the database stays up. Above 4,000 GiB, gp2 does more than gp3
        comes with: provision as many operations. Compare the prices of both for your region.

    When to ignore
        A volume below 400 GiB that moves more than 125 MiB a second: gp3 has no more than that at
        this size. One severity lower where no tag tells the environment, context only where a
        tag names another than production. When the credits run out, burst-balance-low tells it.
    """
    (instance,) = instances.rows
    if instance.storage_type != "gp2" or not instance.allocated_bytes or instance.aurora:
        return
    gib = instance.allocated_bytes // GIB
    rows = minutes.rows if minutes else ()
    moved = max((v for _, v in points(rows, bytes_per_second)), default=None)
    before, after = of_gp2(gib), of_gp3(gib)
    yield Finding(
        subject=of_instance(instance),
        severity=graded(instance.tags, Severity.MEDIUM, elsewhere=Severity.INFO),
        summary=(
            f"The {gib:,} GiB volume of {instance.identifier} is gp2: it does "
            f"{before.operations:,.0f} operations a second at all times; as gp3 it does "
            f"{after.operations:,.0f}."
        ),
        evidence={
            "allocated_gib": gib,
            "gp2_baseline_operations_per_second": before.operations,
            "gp3_baseline_operations_per_second": after.operations,
            "gp3_baseline_bytes_per_second": after.throughput_bytes,
            "busiest_minute_bytes_per_second": moved,
        },
        impact=Impact(),
        remedy=to_gp3(instance, moved),
    )
