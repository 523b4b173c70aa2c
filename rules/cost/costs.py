"""What a region's instances cost: which prices to ask for, and what they come to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from collectors.rds.instance import Instance
from collectors.rds.prices import (
    SERVERLESS,
    Offering,
    Price,
    Unknown,
    Wanted,
    named,
    product_of,
)
from collectors.rds.reserved_instances import ReservedCoverage
from collectors.rds.usage import UsedHour
from rules.cost.reserved_saving import GroupSaving, reserved_saving, smallest_class
from rules.cost.serverless_or_provisioned import (
    Compared,
    Load,
    Prices,
    class_to_compare,
    hours_of,
    load_of,
    serverless_or_provisioned,
)

_DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Used:
    """An instance and its hours; Unknown where CloudWatch did not tell."""

    instance: Instance
    hours: Sequence[UsedHour] | Unknown


@dataclass(frozen=True, slots=True)
class Region:
    """What is there, and what of it is reserved, `at` this moment."""

    name: str
    at: float
    fleet: tuple[Used, ...]
    coverage: tuple[ReservedCoverage, ...] | Unknown


@dataclass(frozen=True, slots=True)
class Reservable:
    """What offers are asked for, in Single-AZ: Multi-AZ counts as two of it."""

    instance_class: str
    product: str


@dataclass(frozen=True, slots=True)
class Questions:
    """Each once; all that `costs` needs a price of."""

    prices: tuple[Wanted, ...]
    offers: tuple[Reservable, ...]


@dataclass(frozen=True, slots=True)
class Answers:
    prices: Mapping[Wanted, Price | Unknown]
    offers: Mapping[Reservable, tuple[Offering, ...] | Unknown]


@dataclass(frozen=True, slots=True)
class Ending:
    """The first reservation of the group to end, `at` this moment."""

    group: ReservedCoverage
    at: float
    days: int


@dataclass(frozen=True, slots=True)
class Costs:
    """`ending` are the reservations that end soon, the first of each group.

    `not_comparable` counts instances that are not of Aurora, so have no serverless. `priced` has
    one price of each source and day, `unknown` what has no price or offers, and why.
    """

    region: str
    at: float
    groups: tuple[GroupSaving, ...] | Unknown
    ending: tuple[Ending, ...]
    compared: tuple[Compared, ...]
    not_comparable: int
    priced: tuple[Price, ...]
    unknown: tuple[tuple[str, str], ...]


def questions(region: Region) -> Questions:
    prices: dict[Wanted, None] = {}
    offers: dict[Reservable, None] = {}
    for _, wanted, reservable in _of_groups(region):
        prices[wanted] = offers[reservable] = None
    for used, product in _of_aurora(region):
        load = _load(used)
        acu_hour = hours_of(used.instance, SERVERLESS, product)
        prices[acu_hour] = None
        if to := class_to_compare(used.instance, load):
            prices[hours_of(used.instance, to, product)] = None
            offers[Reservable(to, product)] = None
    return Questions(tuple(prices), tuple(offers))


def costs(region: Region, answers: Answers, *, warned_days: float = 60) -> Costs:
    """What was not asked for is unknown, as what was not answered."""
    groups = {
        (group.family, group.product): reserved_saving(
            group,
            wanted.instance_class,
            _price(answers, wanted),
            _offers(answers, reservable),
        )
        for group, wanted, reservable in _of_groups(region)
    }
    coverage = () if isinstance(region.coverage, Unknown) else region.coverage
    idle = Unknown("no instance of the group runs")
    all_groups = tuple(
        groups.get((g.family, g.product)) or reserved_saving(g, None, idle, idle) for g in coverage
    )
    return Costs(
        region=region.name,
        at=region.at,
        groups=region.coverage if isinstance(region.coverage, Unknown) else all_groups,
        ending=tuple(e for g in coverage if (e := _ending(g, region.at)) and e.days <= warned_days),
        compared=tuple(_compared(u, product, answers) for u, product in _of_aurora(region)),
        not_comparable=sum(not u.instance.aurora for u in region.fleet),
        priced=_sources(answers),
        unknown=tuple(_unknown(answers)),
    )


def _ending(group: ReservedCoverage, now: float) -> Ending | None:
    if group.next_end_at is None:
        return None
    days = max(0, round((group.next_end_at - now) / _DAY_SECONDS))
    return Ending(group, group.next_end_at, days)


def _of_groups(region: Region) -> Iterator[tuple[ReservedCoverage, Wanted, Reservable]]:
    """The groups of which an instance runs, and what one unit of them is priced by."""
    instances = [used.instance for used in region.fleet]
    for group in () if isinstance(region.coverage, Unknown) else region.coverage:
        if smallest := smallest_class(group, instances):
            yield group, Wanted(smallest, group.product), Reservable(smallest, group.product)


def _of_aurora(region: Region) -> Iterator[tuple[Used, str]]:
    for used in region.fleet:
        product = product_of(used.instance.engine)
        if used.instance.aurora and product:
            yield used, product


def _compared(used: Used, product: str, answers: Answers) -> Compared:
    instance, load = used.instance, _load(used)
    acu_hour = _price(answers, hours_of(instance, SERVERLESS, product))
    to = class_to_compare(instance, load)
    if to is None:
        none = Unknown("there is no class to compare with")
        return serverless_or_provisioned(instance, load, Prices(none, acu_hour, none))
    prices = Prices(
        _price(answers, hours_of(instance, to, product)),
        acu_hour,
        _offers(answers, Reservable(to, product)),
    )
    return serverless_or_provisioned(instance, load, prices)


def _load(used: Used) -> Load | Unknown:
    return used.hours if isinstance(used.hours, Unknown) else load_of(used.instance, used.hours)


def _price(answers: Answers, wanted: Wanted) -> Price | Unknown:
    return answers.prices.get(wanted, Unknown(f"nobody was asked the price of {named(wanted)}"))


def _offers(answers: Answers, wanted: Reservable) -> tuple[Offering, ...] | Unknown:
    none = Unknown(f"AWS was not asked for offers of {wanted.instance_class}")
    return answers.offers.get(wanted, none)


def _sources(answers: Answers) -> tuple[Price, ...]:
    found = {(p.source, p.as_of): p for p in answers.prices.values() if isinstance(p, Price)}
    return tuple(found[key] for key in sorted(found))


def _unknown(answers: Answers) -> Iterator[tuple[str, str]]:
    for wanted, price in answers.prices.items():
        if isinstance(price, Unknown):
            yield named(wanted), price.why
    for asked, offers in answers.offers.items():
        if isinstance(offers, Unknown):
            yield f"offers of {asked.instance_class} for {asked.product}", offers.why
