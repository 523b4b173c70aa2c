"""What the load that was seen costs a month, with Aurora Serverless v2 and with a class."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from collectors.rds.classes import ACU_BYTES
from collectors.rds.instance import Instance
from collectors.rds.prices import Offering, Price, Unknown, Wanted
from collectors.rds.usage import UsedHour
from rules.capacity.class_sizes import with_memory
from rules.capacity.percentiles import known, percentile
from rules.capacity.serverless_capacity import MOST_ACU, half_step
from rules.fit.hours import ACU_PER_VCPU, MONTH_HOURS
from rules.wording import size

_LEAST_HOURS = 160
_LEAST_ACU = 0.5
_WITH_THE_WRITER = (0, 1)  # tiers of readers that scale with it
# An hour of Aurora I/O-Optimized takes so much more of a reservation.
_IO_OPTIMIZED = Decimal("1.3")


class Choice(Enum):
    """What costs least; EITHER: it lies within what is not known of the load."""

    SERVERLESS = "serverless"
    PROVISIONED = "on demand"
    RESERVED = "reserved"
    EITHER = "either"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Load:
    """Capacity units, on average over `hours`.

    `least` and `most` are the same where AWS measured them. For a class they are an estimate: of
    its CPU alone, and with all memory that was in use kept.
    """

    least: float
    most: float
    highest: float
    p95: float
    hours: int
    measured: bool


@dataclass(frozen=True, slots=True)
class Prices:
    """Of an hour of `class_to_compare`, of an ACU-hour, and the reservations of that class."""

    hour: Price | Unknown
    acu_hour: Price | Unknown
    offerings: Sequence[Offering] | Unknown


@dataclass(frozen=True, slots=True)
class Dollars:
    """A month each; None is unknown. Serverless from `serverless_least` to `serverless_most`."""

    on_demand: Decimal | None
    reserved: Decimal | None
    serverless_least: Decimal | None
    serverless_most: Decimal | None


@dataclass(frozen=True, slots=True)
class Compared:
    """`instance_class` is what it has, or what would hold the load of a serverless one."""

    instance: Instance
    instance_class: str | None
    load: Load | Unknown
    dollars: Dollars
    choice: Choice
    reasons: tuple[str, ...]


def load_of(instance: Instance, hours: Sequence[UsedHour]) -> Load | Unknown:
    """Unknown where fewer than 160 hours have the figures: less than a week tells no load."""
    if instance.serverless:
        ranges = [(h.acu, h.acu) for h in hours if h.acu is not None]
    else:
        ranges = [r for h in hours if (r := estimated(instance, h)) is not None]
    if len(ranges) < _LEAST_HOURS:
        return Unknown(f"{len(ranges)} hours of its load are known, {_LEAST_HOURS} are needed")
    most = [high for _, high in ranges]
    peaks = known(h.acu_max for h in hours) if instance.serverless else most
    return Load(
        least=sum(low for low, _ in ranges) / len(ranges),
        most=sum(most) / len(most),
        highest=max(*peaks, *most),
        p95=percentile(most, 0.95) or 0.0,
        hours=len(ranges),
        measured=instance.serverless,
    )


def estimated(instance: Instance, hour: UsedHour) -> tuple[float, float] | None:
    """Units for what the CPUs did, and with the memory that was in use: a cache may need less."""
    if hour.cpu_ratio is None or not instance.vcpus or not instance.memory_bytes:
        return None
    by_cpu = hour.cpu_ratio * instance.vcpus * ACU_PER_VCPU
    used = instance.memory_bytes - (hour.freeable_memory_min_bytes or 0)
    low = min(MOST_ACU, max(_LEAST_ACU, half_step(by_cpu)))
    return low, min(MOST_ACU, max(low, half_step(used / ACU_BYTES)))


def class_to_compare(instance: Instance, load: Load | Unknown) -> str | None:
    """Its own; of a serverless one what has the memory that 95 of 100 hours stay below."""
    if not instance.serverless:
        return instance.instance_class
    return None if isinstance(load, Unknown) else with_memory("r7g", load.p95 * ACU_BYTES)


def hours_of(instance: Instance, instance_class: str, product: str) -> Wanted:
    """The price of an hour of `instance_class`, with the storage that the instance has."""
    optimized = instance.storage_type == "aurora-iopt1"
    return Wanted(instance_class, product, io_optimized=optimized)


def serverless_or_provisioned(instance: Instance, load: Load | Unknown, prices: Prices) -> Compared:
    dollars = Dollars(
        on_demand=None if isinstance(prices.hour, Unknown) else prices.hour.dollars * MONTH_HOURS,
        reserved=_reserved(instance, prices.offerings),
        serverless_least=_serverless(load, prices.acu_hour, "least"),
        serverless_most=_serverless(load, prices.acu_hour, "most"),
    )
    to = class_to_compare(instance, load)
    reasons = tuple(_load_reasons(instance, to, load)) + (
        () if to is None else tuple(_price_reasons(to, prices))
    )
    return Compared(instance, to, load, dollars, _choice(dollars), reasons)


def _reserved(instance: Instance, offerings: Sequence[Offering] | Unknown) -> Decimal | None:
    """For one year, the cheapest way to pay."""
    if isinstance(offerings, Unknown):
        return None
    dearer = _IO_OPTIMIZED if instance.storage_type == "aurora-iopt1" else 1
    hourly = [o.effective_dollars * dearer for o in _of_one_year(offerings)]
    return min(hourly) * MONTH_HOURS if hourly else None


def _of_one_year(offerings: Sequence[Offering]) -> list[Offering]:
    return [o for o in offerings if o.years == 1]


def _serverless(load: Load | Unknown, acu_hour: Price | Unknown, which: str) -> Decimal | None:
    if isinstance(load, Unknown) or isinstance(acu_hour, Unknown):
        return None
    units = load.least if which == "least" else load.most
    return Decimal(str(round(units, 6))) * acu_hour.dollars * MONTH_HOURS


def _choice(dollars: Dollars) -> Choice:
    """A price on demand must be known; a reservation counts where one is sold."""
    least, most = dollars.serverless_least, dollars.serverless_most
    if dollars.on_demand is None or least is None or most is None:
        return Choice.UNKNOWN
    reserved = dollars.on_demand if dollars.reserved is None else dollars.reserved
    if most < min(dollars.on_demand, reserved):
        return Choice.SERVERLESS
    if least <= min(dollars.on_demand, reserved):
        return Choice.EITHER
    return Choice.RESERVED if reserved < dollars.on_demand else Choice.PROVISIONED


def _load_reasons(
    instance: Instance, instance_class: str | None, load: Load | Unknown
) -> Iterator[str]:
    if isinstance(load, Unknown):
        yield f"Its load is unknown: {load.why}."
        return
    if not load.measured:
        yield (
            f"Estimated from {load.hours:,} hours: {load.least:.3g} ACU on average for its CPU, "
            f"{load.most:.3g} if all memory in use is kept; a smaller cache may do, at the price "
            "of reads."
        )
        if instance.role == "reader" and instance.promotion_tier in _WITH_THE_WRITER:
            yield "A reader of tier 0 or 1 takes as much as a serverless writer does."
        return
    seen = f"It used {load.least:.3g} ACU on average over {load.hours:,} hours"
    if instance_class is None:
        yield f"{seen}; no class is as big."
        return
    yield (
        f"{seen}; {instance_class} has the {size(load.p95 * ACU_BYTES)} that 95 of 100 hours "
        f"stayed below. The highest was {load.highest:.3g} ACU: a class does not grow."
    )


def _price_reasons(instance_class: str, prices: Prices) -> Iterator[str]:
    for what, asked in (
        (instance_class, prices.hour),
        ("an ACU", prices.acu_hour),
        (f"{instance_class} reserved", prices.offerings),
    ):
        if isinstance(asked, Unknown):
            yield f"The price of {what} is unknown."
    if isinstance(prices.hour, Price) and isinstance(prices.acu_hour, Price):
        even = float(prices.hour.dollars / prices.acu_hour.dollars)
        yield f"On demand {instance_class} costs as much as {even:.3g} ACU all the time."
    if not isinstance(prices.offerings, Unknown) and not _of_one_year(prices.offerings):
        yield f"AWS offers no reservation of {instance_class} for a year."
