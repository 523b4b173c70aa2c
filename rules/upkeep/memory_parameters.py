"""Parameters that take memory, set to something else than the class gives, where it hurts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from collectors.rds.cloudwatch import CloudWatch
from collectors.rds.instance import Instance
from collectors.rds.parameters import Parameter
from collectors.snapshot import Snapshot
from rules.base import Finding, Remedy, Severity, Subject
from rules.capacity.memory import Memory, memory_of, short_memory
from rules.capacity.minutes import last
from rules.rds_wording import reboot, reset_group_parameter, set_group_parameter
from rules.upkeep.class_defaults import Default, defaults_of
from rules.upkeep.parameter_formulas import upper_bound, variables_of
from rules.wording import share, size

_CACHES = ("innodb_buffer_pool_size", "shared_buffers")
_WATCHED_MINUTES = 15
# AWS: less is short; InnoDB and Aurora keep little free by design.
_SHORT_RATIO, _SHORT_RATIO_OF_AURORA = 0.10, 0.05
_AMPLE_RATIO = 0.5
_TOLERATED_RATIO = 1.1
_SMALL_CACHE_RATIO = 0.5
_MANY_CONNECTIONS_RATIO = 2.0
_FEW_USED_RATIO = 0.2


@dataclass(frozen=True, slots=True)
class Overridden:
    """A parameter somebody set, and at most what the class would have given it."""

    parameter: Parameter
    value: int
    default: int
    unit_bytes: int | None

    @property
    def ratio(self) -> float:
        return self.value / self.default

    @property
    def told(self) -> str:
        return f"{self.parameter.parameter} ({self.words(self.value)})"

    def words(self, value: int) -> str:
        return f"{value:,}" if self.unit_bytes is None else size(value * self.unit_bytes)


def diverging(
    parameters: Snapshot[Parameter],
    instance: Instance,
    minutes: Snapshot[CloudWatch],
    *,
    caches_told: bool,
) -> Iterator[Finding]:
    """`caches_told`: the database itself is asked whether its cache is too small.

    Where memory-pressure fires it names what is too much, and this stays silent about it.
    """
    told = short_memory(instance, minutes.rows) is not None
    pressure = {} if told else _pressure(instance, memory_of(instance, minutes.rows))
    for one in _overridden(parameters, instance):
        name = one.parameter.parameter
        if pressure and one.ratio > _TOLERATED_RATIO:
            yield _too_much(one, pressure, instance)
        elif name == "max_connections":
            yield from _unused(one, minutes, instance)
        elif name in _CACHES and one.ratio < _SMALL_CACHE_RATIO and not caches_told:
            yield from _too_small(one, minutes, instance)


def oversized(parameters: Snapshot[Parameter], instance: Instance) -> tuple[Overridden, ...]:
    """What somebody set clearly higher than AWS does for the class."""
    return tuple(o for o in _overridden(parameters, instance) if o.ratio > _TOLERATED_RATIO)


def _overridden(parameters: Snapshot[Parameter], instance: Instance) -> Iterator[Overridden]:
    """Nothing where the memory is unknown, and nothing on serverless: AWS sets these there."""
    known = variables_of(instance)
    defaults = defaults_of(instance) if "DBInstanceClassMemory" in known else {}
    for parameter in parameters.rows:
        default: Default | None = defaults.get(parameter.parameter)
        if default is None or parameter.source != "user":
            continue
        value = upper_bound(parameter.value, known)
        usual = upper_bound(default.formula, known)
        if value is not None and usual is not None and value > 0 and usual > 0:
            yield Overridden(parameter, value, usual, default.unit_bytes)


def _pressure(instance: Instance, memory: Memory | None) -> dict[str, float]:
    """What shows that memory is short."""
    few = _SHORT_RATIO_OF_AURORA if instance.aurora else _SHORT_RATIO
    if memory is not None and memory.free_ratio < few:
        return {"freeable_ratio": memory.free_ratio}
    if memory is not None and memory.swap_growth is not None and memory.swaps():
        return {"swap_growth_bytes_per_hour": memory.swap_growth}
    return {}


def _shown(pressure: dict[str, float]) -> str:
    if "freeable_ratio" in pressure:
        return f"no more than {share(pressure['freeable_ratio'])} of the memory could be freed"
    return f"swap grows by {size(pressure['swap_growth_bytes_per_hour'])} an hour"


def _too_much(one: Overridden, pressure: dict[str, float], instance: Instance) -> Finding:
    name = one.parameter.parameter
    return _finding(
        one,
        instance,
        f"{name} is {one.words(one.value)}, {one.ratio:.3g} times what AWS gives this class, "
        f"and {_shown(pressure)}.",
        pressure,
        Severity.MEDIUM,
    )


def _unused(
    one: Overridden, minutes: Snapshot[CloudWatch], instance: Instance
) -> Iterator[Finding]:
    seen = last(minutes.rows, _WATCHED_MINUTES, lambda m: m.connections)
    if seen and one.ratio > _MANY_CONNECTIONS_RATIO and max(seen) < _FEW_USED_RATIO * one.value:
        yield _finding(
            one,
            instance,
            f"max_connections is {one.value:,}, {one.ratio:.3g} times what AWS gives this class; "
            f"at most {max(seen):,.0f} were used: that many could not be served.",
            {"most_connections": max(seen)},
            Severity.LOW,
        )


def _too_small(
    one: Overridden, minutes: Snapshot[CloudWatch], instance: Instance
) -> Iterator[Finding]:
    free = last(minutes.rows, _WATCHED_MINUTES, lambda m: m.freeable_memory_bytes)
    memory = instance.memory_bytes
    if free and memory and min(free) > _AMPLE_RATIO * memory:
        yield _finding(
            one,
            instance,
            f"{one.parameter.parameter} is {one.words(one.value)}, {share(one.ratio)} of what AWS "
            f"gives this class, while {share(min(free) / memory)} of the memory lies idle.",
            {"freeable_ratio": min(free) / memory},
            Severity.MEDIUM,
        )


def _finding(
    one: Overridden, instance: Instance, summary: str, seen: dict[str, float], severity: Severity
) -> Finding:
    parameter = one.parameter
    return Finding(
        subject=Subject("setting", parameter.parameter),
        summary=summary,
        evidence={
            "value": parameter.value,
            "value_at_most": one.value,
            "default_at_most": one.default,
            "to_default_ratio": one.ratio,
            "unit_bytes": one.unit_bytes,
            "parameter_group": parameter.group,
            **seen,
        },
        severity=severity,
        remedy=_remedy(one, instance),
    )


def _remedy(one: Overridden, instance: Instance) -> Remedy:
    parameter = one.parameter
    own = (reboot(instance),) if parameter.static else ()
    return Remedy(
        text=f"Give {parameter.parameter} AWS's default back, which follows the class: at most "
        f"{one.words(one.default)} here. First see which other instances use {parameter.group}.",
        statements=(reset_group_parameter(instance, parameter), *own),
        risk="It takes effect at the reboot: about a minute without the database, and a cold cache."
        if parameter.static
        else "No restart. A cache that is resized stalls statements for moments; new sessions "
        "beyond a lower limit are refused.",
        verify="Within an hour FreeableMemory and SwapUsage in CloudWatch are steady, and latency "
        "is not worse.",
        rollback=set_group_parameter(instance, parameter, parameter.value or ""),
    )
