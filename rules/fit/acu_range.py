"""The range of capacity Aurora Serverless v2 would need for the load that was observed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

from collectors.rds.classes import ACU_BYTES
from rules.fit.hours import ACU_PER_VCPU
from rules.fit.measured import Measured
from rules.fit.platforms import GLOBAL_ACU, INSIGHTS_ACU, LEAST_ACU, may_pause, most_acu
from rules.wording import share, size

_FULL_RATIO = 0.95
_STEEP_RATIO = 8


@dataclass(frozen=True, slots=True)
class AcuRange:
    """`wanted_acu` is what the load takes with headroom: more than `max_acu` does not fit.

    `kept_awake` is why it would never pause, as far as it is seen; empty where nothing is.
    """

    min_acu: float
    max_acu: float
    wanted_acu: float
    limit_acu: float
    reasons: tuple[str, ...]
    kept_awake: tuple[str, ...]

    @property
    def fits(self) -> bool:
        return self.wanted_acu <= self.limit_acu


def acu_range(
    measured: Measured, *, headroom_ratio: float = 0.2, least_idle_ratio: float = 0.1
) -> AcuRange | None:
    """None where the load is not known."""
    low, high = _low(measured), _high(measured)
    if low is None or high is None:
        return None
    engine, version = measured.instance.engine, measured.instance.engine_version
    limit = most_acu(engine, version).value
    wanted = half_step(high[0] * (1 + headroom_ratio))
    awake = tuple(_kept_awake(measured, least_idle_ratio))
    least, floors = _floor(measured, low[0], pauses=not awake)
    least = min(least, limit)
    most = min(limit, max(wanted, least, 1.0))
    top = f"at most {most:g} ACU: {high[1]}, and {share(headroom_ratio)} on top"
    reasons = [*(f"at least {least:g} ACU: {why}" for why in floors or (low[1],)), top]
    reasons += _cautions(measured, least, most, wanted, limit)
    return AcuRange(least, most, wanted, limit, tuple(reasons), awake)


def half_step(acu: float) -> float:
    """Capacity is set in steps of a half: rounded up."""
    return max(LEAST_ACU.value, ceil(round(acu * 2, 6)) / 2)


def _low(measured: Measured) -> tuple[float, str] | None:
    if measured.used_acu is not None:
        low = measured.used_acu.low
        return low, f"95 of 100 hours used more than {low:.3g}"
    if measured.used_vcpus is None or measured.instance.serverless:
        return None
    low = measured.used_vcpus.low
    return low * ACU_PER_VCPU, f"95 of 100 hours used more than {low:.2g} vCPUs"


def _high(measured: Measured) -> tuple[float, str] | None:
    """The busiest minute of all but one hour in a hundred: by CPU, or by memory in use."""
    if measured.used_acu is not None:
        peak = max(measured.used_acu.top, measured.peak_acu or 0.0)
        if (measured.acu_full_ratio or 0.0) >= _FULL_RATIO:
            return peak * 1.5, f"{peak:.3g} were in use, all it was allowed: half of it more"
        return peak, f"99 of 100 hours never used more than {peak:.3g}"
    if measured.used_vcpus is None or measured.instance.serverless:
        return None
    vcpus = max(measured.used_vcpus.top, measured.peak_vcpus or 0.0)
    memory = measured.used_memory_bytes or 0.0
    said = f"99 of 100 hours never used more than {vcpus:.2g} vCPUs"
    said += f" and {size(memory)} of memory" if memory else ""
    return max(vcpus * ACU_PER_VCPU, memory / ACU_BYTES), said


def _floor(measured: Measured, low: float, *, pauses: bool) -> tuple[float, tuple[str, ...]]:
    """What features need goes before what the quiet hours use."""
    if pauses:
        return 0.0, (f"no client in {share(measured.idle_ratio or 0.0)} of hours: it may pause",)
    least = half_step(low)
    if measured.in_global and least <= GLOBAL_ACU.value:
        return GLOBAL_ACU.value, (f"a global database needs {GLOBAL_ACU.value:g}",)
    if measured.instance.insights and least <= INSIGHTS_ACU.value:
        return INSIGHTS_ACU.value, (f"Performance Insights needs {INSIGHTS_ACU.value:g}",)
    return least, ()


def _kept_awake(measured: Measured, least_idle_ratio: float) -> Iterator[str]:
    instance = measured.instance
    if measured.idle_ratio is None:
        yield "whether there are hours without a client is not known"
    elif measured.idle_ratio < least_idle_ratio:
        yield f"clients are there in {share(1 - measured.idle_ratio)} of hours"
    if measured.in_global is not False:
        yield "a global database" if measured.in_global else "a global database, perhaps"
    if measured.sql_connected:
        yield "dbtriage's own SQL connection"
    if instance.aurora and instance.replicas:
        yield "the replicas that follow its log"
    if not may_pause(instance.engine, instance.engine_version):
        yield f"version {instance.engine_version}, which does not pause"


def _cautions(
    measured: Measured, least: float, most: float, wanted: float, limit: float
) -> Iterator[str]:
    if wanted > limit:
        yield f"the load takes {wanted:g} ACU, more than the {limit:g} there are"
    if least > 0 and most > _STEEP_RATIO * least:
        yield (
            f"from {least:g} it has to grow {most / least:.0f} times over, slowly at first: raise "
            "the minimum where the rush comes within minutes"
        )
    if measured.used_acu is None:
        yield (
            "memory in use is mostly cache, so it sets the maximum; while small, more is read "
            "from storage"
        )
    if least == 0:
        yield "an RDS Proxy, or logical replication, would keep it awake: neither is looked at here"
