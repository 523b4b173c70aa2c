"""Reservations in plain text: what they cover, what AWS offers for the rest, when they end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from collectors.rds.prices import Unknown
from exporters.aws_cost_tables import UNKNOWN, day, dollars, folded, hourly, table_of, titled
from exporters.figures import count, one_line
from rules.cost.costs import Costs, Ending
from rules.cost.reserved_saving import GroupSaving, Offer
from rules.wording import share


def reservations(found: Costs, width: int) -> Iterator[str]:
    if isinstance(found.groups, Unknown):
        yield folded(f"Reserved instances: unknown: {one_line(found.groups.why)}.", width)
        return
    if not found.groups:
        yield "Reserved instances: no instance runs of which one size may be reserved for others."
        return
    steady = found.groups[0].coverage.steady_days
    yield titled(
        "Reserved instances, in units: large is 4, xlarge 8, Multi-AZ twice that; running are "
        f"those made {steady} days ago or earlier.",
        table_of(
            ("Family", "Engine", "Running", "Reserved", "Covered", "Not reserved", "First ends"),
            (_coverage_row(g) for g in found.groups),
            width,
        ),
        width,
    )
    for group in found.groups:
        yield _offers(group, width)
    yield "\n".join(folded(_ending(e), width) for e in found.ending)


def _coverage_row(group: GroupSaving) -> Sequence[str]:
    row = group.coverage
    covered = min(1.0, row.reserved_units / row.running_units) if row.running_units else None
    return (
        f"{row.family}*",
        row.product,
        f"{row.running_units:g}",
        f"{row.reserved_units:g}",
        "-" if covered is None else share(covered),
        f"{group.uncovered_units:g}",
        "-" if row.next_end_at is None else day(row.next_end_at),
    )


def _offers(group: GroupSaving, width: int) -> str:
    """What is not reserved, and what it would cost; a sentence where there is nothing to buy."""
    what = f"{group.coverage.family}* for {group.coverage.product}"
    if group.unused_units > 0:
        return folded(
            f"{what}: {group.unused_units:g} units are reserved that nothing which runs all the "
            "time uses.",
            width,
        )
    if group.uncovered_units <= 0:
        return ""
    if group.count == 0:
        none = "which is less than one instance: nothing to reserve"
        return folded(f"{what}: {group.uncovered_units:g} units are not reserved, {none}.", width)
    title = f"{what}: not reserved is as much as {group.count} x {group.instance_class}. "
    if isinstance(group.on_demand, Unknown):
        title += "On demand: unknown, so the saving is too."
    else:
        title += f"On demand {hourly(group.on_demand.dollars)} an hour each."
    if isinstance(group.offers, Unknown):
        return folded(f"{title} Offers: unknown.", width)
    if not group.offers:
        return folded(f"{title} AWS offers no reservation of it.", width)
    headings = (
        "Term", "Payment", "At once", "Each, hourly", "Effective", "Saves a month", "Break-even",
    )  # fmt: skip
    rows = (_offer_row(offer) for offer in group.offers)
    return titled(title, table_of(headings, rows, width), width)


def _offer_row(offer: Offer) -> Sequence[str]:
    offered = offer.offering
    even = offer.break_even_ratio
    return (
        count(offered.years, "year"),
        one_line(offered.payment, 20),
        dollars(offer.upfront_dollars),
        hourly(offered.hourly_dollars),
        hourly(offered.effective_dollars),
        dollars(offer.saving_a_month_dollars),
        UNKNOWN if even is None else f"{share(even)} of hours",
    )


def _ending(ending: Ending) -> str:
    group = ending.group
    return (
        f"A reservation of {group.family}* for {group.product} ends on {day(ending.at)}, in "
        f"{count(ending.days, 'day')}: then its hours are billed on demand."
    )
