"""What a reservation of the hours that are billed on demand today would save."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from collectors.rds.instance import Instance
from collectors.rds.prices import Offering, Price, Unknown, product_of
from collectors.rds.reserved_instances import ReservedCoverage, units_of
from rules.fit.hours import MONTH_HOURS


@dataclass(frozen=True, slots=True)
class Offer:
    """An offering for all that is not reserved; None where the price on demand is unknown.

    Below `break_even_ratio` of the hours of its term a reservation costs more than on demand.
    """

    offering: Offering
    upfront_dollars: Decimal
    saving_a_month_dollars: Decimal | None
    break_even_ratio: float | None

    @property
    def saves(self) -> bool:
        return self.saving_a_month_dollars is not None and self.saving_a_month_dollars > 0


@dataclass(frozen=True, slots=True)
class GroupSaving:
    """One group, counted in the smallest class of it that runs: `count` of these are not reserved.

    `instance_class` is None where none runs. `unused_units` are reserved, but nothing that runs
    all the time uses them.
    """

    coverage: ReservedCoverage
    instance_class: str | None
    uncovered_units: float
    unused_units: float
    count: int
    on_demand: Price | Unknown
    offers: tuple[Offer, ...] | Unknown

    @property
    def least_binding(self) -> Offer | None:
        """Of the offers that save, the shortest, and of these the one with least paid at once."""
        offers = () if isinstance(self.offers, Unknown) else self.offers
        saving = [o for o in offers if o.saves]
        return min(saving, key=lambda o: (o.offering.years, o.upfront_dollars), default=None)


def smallest_class(group: ReservedCoverage, instances: Sequence[Instance]) -> str | None:
    """Of the instances of the group: a reservation of it covers bigger ones in parts."""
    sizes = {
        i.instance_class: units
        for i in instances
        if i.instance_class.rpartition(".")[0] == group.family
        and product_of(i.engine) == group.product
        and (units := units_of(i.instance_class)) is not None
    }
    return min(sizes, key=lambda c: (sizes[c], c), default=None)


def reserved_saving(
    group: ReservedCoverage,
    instance_class: str | None,
    on_demand: Price | Unknown,
    offerings: Sequence[Offering] | Unknown,
) -> GroupSaving:
    """`on_demand` and `offerings` are of Single-AZ `instance_class`: Multi-AZ counts as two."""
    uncovered = max(0.0, group.running_units - group.reserved_units)
    units = units_of(instance_class) if instance_class else None
    # A part cannot be reserved. Thirty times 1.3 * 4 is a little less than 156 in binary.
    count = int(round(uncovered / units, 6)) if units else 0
    return GroupSaving(
        coverage=group,
        instance_class=instance_class,
        uncovered_units=uncovered,
        unused_units=max(0.0, group.reserved_units - group.running_units),
        count=count,
        on_demand=on_demand,
        offers=offerings
        if isinstance(offerings, Unknown)
        else tuple(_offer(o, on_demand, count) for o in best(offerings)),
    )


def best(offerings: Sequence[Offering]) -> list[Offering]:
    """The cheapest of each term and way to pay, short terms first."""
    cheapest: dict[tuple[int, str], Offering] = {}
    for offering in sorted(offerings, key=lambda o: (o.effective_dollars, o.identifier)):
        cheapest.setdefault((offering.years, offering.payment), offering)
    return sorted(cheapest.values(), key=lambda o: (o.years, o.upfront_dollars, o.payment))


def _offer(offering: Offering, on_demand: Price | Unknown, count: int) -> Offer:
    effective, upfront = offering.effective_dollars, offering.upfront_dollars * count
    if isinstance(on_demand, Unknown):
        return Offer(offering, upfront, None, None)
    saving = count * MONTH_HOURS * (on_demand.dollars - effective)
    return Offer(offering, upfront, saving, float(effective / on_demand.dollars))
