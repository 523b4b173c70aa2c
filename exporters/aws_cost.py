"""What RDS and Aurora cost: reservations and their offers, serverless against a class, a plan."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal

from collectors.rds.prices import Price, Unknown
from exporters.aws_cost_tables import UNKNOWN, day, dollars, folded, table_of, titled
from exporters.aws_purchase import purchase, title
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
        folded(f"Cost of RDS and Aurora in {found.region}, {day(found.at)}.", width),
        "\n".join(folded(line, width) for line in (_NOT_INCLUDED, *_prices(found))),
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
    reasons = dict.fromkeys(why for _, why in found.unknown)
    for reason in reasons:
        what = ", ".join(what for what, why in found.unknown if why == reason)
        yield f"Unknown: {what} ({one_line(reason)})."


def _age(price: Price, at: float) -> str:
    days = (datetime.fromtimestamp(at, UTC).date() - price.as_of).days
    return f", {count(days, 'day')} old" if days > 0 else ""


def _serverless(found: Costs, width: int) -> Iterator[str]:
    if found.compared:
        headings = (
            "Instance", "Class", "ACU", "Serverless", "On demand", "Reserved", "Least",
        )  # fmt: skip
        yield titled(
            "Aurora: serverless against a class, in dollars a month for the load that was seen; "
            "reserved is for one year, paid in the cheapest way. What is reserved already is paid "
            "either way.",
            table_of(headings, (_compared_row(c) for c in found.compared), width),
            width,
        )
        yield "\n".join(
            folded(line, width, "  ")
            for compared in found.compared
            for line in (f"{compared.instance.identifier}:", *_indented(compared.reasons))
        )
    if found.not_comparable:
        yield folded(
            f"{count(found.not_comparable, 'instance')} of RDS: serverless is of Aurora alone. "
            "dbtriage aws fit INSTANCE compares them.",
            width,
        )


def _indented(lines: Iterable[str]) -> Iterator[str]:
    return (f"  {one_line(line)}" for line in lines)


def _compared_row(compared: Compared) -> Sequence[str]:
    month, instance = compared.dollars, compared.instance
    now = ", serverless" if instance.serverless else ""
    return (
        f"{instance.identifier}{now}",
        compared.instance_class or UNKNOWN,
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
    return f"about {load.least:.3g} to {load.most:.3g}"


def _range(least: Decimal | None, most: Decimal | None) -> str:
    low, high = dollars(least), dollars(most)
    return low if low == high else f"{low} to {high}"


def _plan(found: Costs, width: int) -> Iterator[str]:
    """Of each group the offer that binds least; nothing where none is known to save."""
    groups = () if isinstance(found.groups, Unknown) else found.groups
    bought = [(g, o) for g in groups if (o := g.least_binding) is not None]
    if not bought:
        return
    yield folded(
        "The plan. dbtriage buys nothing. What follows reserves what is not reserved today, with "
        "the offer that saves and binds least. A reservation cannot be cancelled, and is paid "
        "whether it is used or not: first make sure that the instances keep their family and "
        "engine for the whole term.",
        width,
    )
    for group, offer in bought:
        yield folded(title(group, offer, found.region), width)
        yield from purchase(group, offer, found)
