"""What a platform would cost in a month, by prices that were given; no price is ever assumed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rules.fit.acu_range import AcuRange
from rules.fit.hours import ACU_PER_VCPU, MONTH_HOURS
from rules.fit.measured import Measured
from rules.fit.platforms import Key, Platform

_GIB = 2**30
_MILLION = 1e6
# Dollars by name: "aurora instance-hour", "rds-multi-az gib-month",
# "aurora-serverless acu-hour", "aurora million-operations". Of the instance's class and region.
Prices = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class MonthlyCost:
    """`dollars` is None where `unknown` names a price or an amount that is missing."""

    dollars: float | None
    unknown: tuple[str, ...]


def monthly_cost(
    platform: Platform, measured: Measured, acu: AcuRange | None, prices: Prices
) -> MonthlyCost:
    """The instances, the storage that is used, and what Aurora bills for I/O."""
    amounts = _amounts(platform, measured, acu)
    missing = [f"the amount of {name}" for name, amount in amounts.items() if amount is None]
    missing += [f"the price of {name}" for name in amounts if name not in prices]
    if missing:
        return MonthlyCost(None, tuple(missing))
    return MonthlyCost(sum((a or 0.0) * prices[name] for name, a in amounts.items()), ())


def _amounts(
    platform: Platform, measured: Measured, acu: AcuRange | None
) -> Mapping[str, float | None]:
    """In a month, by the name of the price."""
    replicas, key = measured.replicas, platform.key
    storage = measured.storage_bytes if platform.aurora else _allocated(measured)
    amounts: dict[str, float | None] = {
        f"{key} gib-month": None if storage is None else storage / _GIB
    }
    if platform.aurora:
        # A reader is what it fails over to.
        instances = None if replicas is None else 1 + max(1, replicas)
        amounts["aurora million-operations"] = _divided(measured.billed_operations, _MILLION)
        if key == "aurora-serverless":
            used = _mean_acu(measured, acu)
            hours = None if used is None or instances is None else used * instances * MONTH_HOURS
            return {**amounts, f"{key} acu-hour": hours}
        hours = None if instances is None else float(instances * MONTH_HOURS)
        return {**amounts, f"{key} instance-hour": hours}
    return {**amounts, **_instances(key, platform.standbys, measured)}


def _instances(key: Key, standbys: int, measured: Measured) -> Mapping[str, float | None]:
    """A replica costs what an instance in one zone does; three of a cluster are one price each."""
    own: dict[str, float | None] = {f"{key} instance-hour": float((1 + standbys) * MONTH_HOURS)}
    if measured.replicas is None:
        return {**own, "rds-single-az instance-hour": None}
    extra = max(0, measured.replicas - standbys)
    if not extra:
        return own
    name = "rds-single-az instance-hour"
    return {**own, name: (own.get(name) or 0.0) + extra * MONTH_HOURS}


def _allocated(measured: Measured) -> float | None:
    """RDS bills what is allocated; 30 % of room where it is Aurora today."""
    if measured.instance.allocated_bytes is not None:
        return float(measured.instance.allocated_bytes)
    return None if measured.storage_bytes is None else measured.storage_bytes * 1.3


def _mean_acu(measured: Measured, acu: AcuRange | None) -> float | None:
    if acu is None or measured.used_vcpus is None:
        return None
    return min(acu.max_acu, max(acu.min_acu, measured.used_vcpus.mean * ACU_PER_VCPU))


def _divided(value: float | None, by: float) -> float | None:
    return None if value is None else value / by
