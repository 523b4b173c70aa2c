"""What RDS and Aurora cost: reservations and their offers, serverless against a class, a plan."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from textwrap import fill

from collectors.rds.prices import Price, Unknown
from exporters.aws_cost_tables import UNKNOWN, day, dollars, table_of, titled
from exporters.aws_purchase import purchase
from exporters.aws_reservations import reservations
from exporters.figures import count, one_line
from rules.cost.costs import Costs
from rules.cost.serverless_or_provisioned import Compared, Load

_NOT_INCLUDED = (
    "Prices are of the hours of instances, in US dollars. Not in them: storage, I/O, backups, "
    "Extended Support, taxes. Savings plans and contracts lower a bill too; RDS does not tell of "
    "them."
)


def render(found: Costs, *, width: int = 100) -> str:
    """Tables and sentences that fit `width`; then the plan, in lines that are not broken."""
    parts = [
        fill(f"Cost of RDS and Aurora in {found.region}, {day(found.at)}.", width),
        "\n".join(fill(line, width) for line in (_NOT_INCLUDED, *_prices(found))),
        *reservations(found, width),
        *_serverless(found, width),
        *_plan(found, width),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _prices(found: Costs) -> Iterator[str]:
    """Where they are from, with their date, and which are missing."""
    for price in found.priced:
        source = one_line(price.source)
        yield f"Prices on demand: {source}, of {price.as_of}{_age(price, found.at)}."
    if not found.priced:
        yield "Prices on demand: unknown."
    for what, why in found.unknown:
        yield f"Unknown: the price of {what} ({one_line(why)})."


def _age(price: Price, at: float) -> str:
    days = (datetime.fromtimestamp(at, UTC).date() - price.as_of).days
    return f", {count(days, 'day')} old" if days > 0 else ""


def _serverless(found: Costs, width: int) -> Iterator[str]:
    if found.compared:
        headings = (
            "Instance", "Class", "ACU", "Serverless", "On demand", "Reserved 1 year", "Least",
        )  # fmt: skip
        yield titled(
            "Aurora: serverless against a class, in dollars a month for the load that was seen.",
            table_of(headings, (_compared_row(c) for c in found.compared), width),
            width,
        )
        yield "\n".join(
            fill(line, width, subsequent_indent="  ")
            for compared in found.compared
            for line in (f"{compared.instance.identifier}:", *_indented(compared.reasons))
        )
    if found.not_comparable:
        yield fill(
            f"{count(found.not_comparable, 'instance')} of RDS: serverless is of Aurora alone. "
            "dbtriage aws fit INSTANCE compares them.",
            width,
        )


def _indented(lines: Iterable[str]) -> Iterator[str]:
    return (f"  {one_line(line)}" for line in lines)


def _compared_row(compared: Compared) -> Sequence[str]:
    month, instance = compared.dollars, compared.instance
    now = " (now serverless)" if instance.serverless else ""
    return (
        instance.identifier,
        f"{compared.instance_class or UNKNOWN}{now}",
        _acu(compared.load),
        _range(month.serverless_least, month.serverless_most),
        dollars(month.on_demand),
        dollars(month.reserved),
        compared.choice.value,
    )


def _acu(load: Load | Unknown) -> str:
    if isinstance(load, Unknown):
        return UNKNOWN
    if load.measured:
        return f"{load.least:.3g}"
    return f"{load.least:.3g} to {load.most:.3g}, estimated"


def _range(least: Decimal | None, most: Decimal | None) -> str:
    low, high = dollars(least), dollars(most)
    return low if low == high else f"{low} to {high}"


def _plan(found: Costs, width: int) -> Iterator[str]:
    """Of each group the offer that binds least; nothing where none is known to save."""
    groups = () if isinstance(found.groups, Unknown) else found.groups
    bought = [(g, o) for g in groups if g.count > 0 and (o := g.least_binding) is not None]
    if not bought:
        return
    yield fill(
        "The plan. dbtriage buys nothing. What follows reserves what is not reserved today, with "
        "the offer that saves and binds least. A reservation cannot be cancelled, and is paid "
        "whether it is used or not: first make sure that the instances keep their family and "
        "engine for the whole term.",
        width,
    )
    for group, offer in bought:
        yield from purchase(group, offer, found)
