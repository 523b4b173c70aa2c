"""What the instances of a platform would cost in a month, on demand, by prices that were given.

Storage and I/O are left out; no price is ever assumed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from collectors.rds.classes import ACU_BYTES
from collectors.rds.prices import SERVERLESS, Price, Unknown, Wanted, named, product_of
from rules.fit.acu_range import AcuRange
from rules.fit.hours import ACU_PER_VCPU, MONTH_HOURS
from rules.fit.measured import Measured
from rules.fit.platforms import PLATFORMS, Platform
from rules.fit.target import CLASS, Way, class_for

Prices = Mapping[Wanted, Price | Unknown]
_IO_OPTIMIZED = "aurora-iopt1"


@dataclass(frozen=True, slots=True)
class MonthlyCost:
    """Dollars, None where `unknown` names what is missing.

    They differ where serverless would follow a load that is only known of a class: by its CPU
    alone, and with all memory kept that was in use.
    """

    least: float | None
    most: float | None
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Amount:
    """So many hours of a price, in a month."""

    wanted: Wanted
    least: float
    most: float


def wanted_prices(measured: Measured, acu: AcuRange | None) -> tuple[Wanted, ...]:
    """What has to be asked for, each once."""
    found = [
        amount.wanted
        for platform in PLATFORMS
        for amount in _amounts(platform, measured, acu)
        if isinstance(amount, _Amount)
    ]
    return tuple(dict.fromkeys(found))


def monthly_cost(
    platform: Platform, measured: Measured, acu: AcuRange | None, prices: Prices
) -> MonthlyCost:
    least = most = 0.0
    unknown: list[str] = []
    for amount in _amounts(platform, measured, acu):
        if isinstance(amount, Unknown):
            unknown.append(amount.why)
            continue
        price = prices.get(amount.wanted)
        if isinstance(price, Price):
            least += amount.least * float(price.dollars)
            most += amount.most * float(price.dollars)
        else:
            unknown.append(price.why if price else f"no price of {named(amount.wanted)} was given")
    return (
        MonthlyCost(None, None, tuple(dict.fromkeys(unknown)))
        if unknown
        else MonthlyCost(least, most)
    )


def _amounts(
    platform: Platform, measured: Measured, acu: AcuRange | None
) -> Iterator[_Amount | Unknown]:
    instance, replicas = measured.instance, measured.replicas
    product = product_of(platform.engine(instance.family))
    if product is None or replicas is None:
        yield Unknown("the number of replicas is not known" if product else "no such engine")
    elif platform.standbys:
        yield Unknown("prices of Multi-AZ DB clusters are not asked for")
    elif platform.key == "aurora-serverless":
        yield _serverless(measured, acu, Wanted(SERVERLESS, product, io_optimized=_io(measured)))
    else:
        yield from _provisioned(platform, measured, product, replicas)


def _provisioned(
    platform: Platform, measured: Measured, product: str, replicas: int
) -> Iterator[_Amount | Unknown]:
    """On Aurora there has to be a reader; a read replica of RDS is in one zone."""
    class_ = class_for(Way(measured, platform.key, None))
    if class_ == CLASS:
        yield Unknown("the class it would take is not known")
        return
    if platform.aurora:
        hours = float(1 + max(1, replicas)) * MONTH_HOURS
        yield _Amount(Wanted(class_, product, io_optimized=_io(measured)), hours, hours)
        return
    own, month = Wanted(class_, product, platform.key == "rds-multi-az"), float(MONTH_HOURS)
    yield _Amount(own, month, month)
    if replicas:
        yield _Amount(Wanted(class_, product), replicas * month, replicas * month)


def _serverless(measured: Measured, acu: AcuRange | None, wanted: Wanted) -> _Amount | Unknown:
    if acu is None or measured.used_vcpus is None or measured.replicas is None:
        return Unknown("the load is not known, so neither is the capacity it takes")
    used = measured.used_vcpus.mean * ACU_PER_VCPU
    kept = (measured.used_memory_bytes or 0.0) / ACU_BYTES if measured.used_acu is None else 0.0
    kept *= 1 - (measured.idle_ratio or 0.0) if acu.min_acu == 0 else 1  # a pause is free
    least, most = (min(acu.max_acu, max(acu.min_acu, u)) for u in (used, max(used, kept)))
    hours = (1 + max(1, measured.replicas)) * MONTH_HOURS
    return _Amount(wanted, least * hours, most * hours)


def _io(measured: Measured) -> bool:
    """Aurora I/O-Optimized, where it is so today."""
    return measured.instance.storage_type == _IO_OPTIMIZED
