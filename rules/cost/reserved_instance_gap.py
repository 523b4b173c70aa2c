from __future__ import annotations

from collections.abc import Iterator
from shlex import quote

from collectors.rds.instance import Instance
from collectors.rds.reserved_instances import ReservedCoverage
from collectors.snapshot import Snapshot
from rules.base import Finding, Remedy, Severity, rule
from rules.capacity.class_sizes import successor
from rules.rds_wording import in_region, of_instance
from rules.wording import duration, share

_DAY_SECONDS = 86_400


@rule(
    title="Instances that run all the time are not reserved",
    severity=Severity.LOW,
    engines=("rds",),
    see=(
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithReservedDBInstances.html",
    ),
)
def reserved_instance_gap(
    instances: Snapshot[Instance],
    coverage: Snapshot[ReservedCoverage],
    *,
    tolerated_gap_ratio: float = 0.1,
    warned_days: float = 30,
) -> Iterator[Finding]:
    """Instances of this family run for weeks without a reservation, or the reservation ends soon.

    Why it matters
        What runs all year is billed by the hour at the highest price.

    What to do
        Compare the offers for one and three years. A reservation counts for all sizes of its
        family, in the region, by units: a large is 4, an xlarge 8, Multi-AZ twice that.

    When to ignore
        Where the class or the engine is about to change, or a discount of another kind covers it:
        AWS does not tell dbtriage of those. Prices are not guessed here. Told once a family, on
        the first by name of its instances that are a month old.
    """
    (instance,) = instances.rows
    for group in coverage.rows:
        if not group.speaks or group.running_units <= 0:
            continue
        gap = max(0.0, group.running_units - group.reserved_units)
        ends = None if group.next_end_at is None else group.next_end_at - coverage.taken_at
        soon = ends is not None and 0 < ends <= warned_days * _DAY_SECONDS
        if gap > tolerated_gap_ratio * group.running_units or soon:
            yield _finding(instance, group, gap, ends if soon else None)


def _finding(
    instance: Instance, group: ReservedCoverage, gap: float, ends: float | None
) -> Finding:
    what = [f"{share(gap / group.running_units)} of the units that run are not reserved"] * (
        gap > 0
    )
    if ends is not None:
        what.append(f"a reservation ends in {duration(ends)}")
    return Finding(
        subject=of_instance(instance),
        summary=f"{group.family} for {group.product}, as {instance.identifier}: "
        f"{' and '.join(what)}.",
        evidence={
            "family": group.family,
            "product": group.product,
            "running_units": group.running_units,
            "reserved_units": group.reserved_units,
            "uncovered_units": gap,
            "our_units": group.our_units,
            "steady_days": group.steady_days,
            "ends_in_days": None if ends is None else ends / _DAY_SECONDS,
        },
        remedy=_remedy(instance, group),
    )


def _remedy(instance: Instance, group: ReservedCoverage) -> Remedy:
    new = successor(instance.instance_class)
    first = (
        f"Move to {new} first (old-instance-class): a reservation holds for its own family only. "
        if new
        else ""
    )
    multi_az = "--multi-az" if instance.multi_az else "--no-multi-az"
    return Remedy(
        text=f"{first}Compare the offers; dbtriage aws cost does the arithmetic. Reserve what will "
        "run as long as the term.",
        statements=(
            "aws rds describe-reserved-db-instances-offerings --db-instance-class "
            f"{new or instance.instance_class} --product-description {quote(group.product)} "
            f"{multi_az} {in_region(instance.arn)}",
        ),
        risk="The command only reads. A reservation cannot be cancelled or changed.",
        verify="Once the reservation is active this finding is gone.",
        rollback="None for a purchase.",
    )
