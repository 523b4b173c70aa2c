"""Advice on the parameters of an RDS or Aurora instance: what to change, what to keep, and why.

Memory comes from EC2 or the table of classes, never from the name of the class; AWS's formulas
give an upper bound, so live values win where there is a SQL connection. What the group does not
have, does not let be changed, or does not allow is never advised, and neither is what the platform
decides itself. Nothing is changed here.
"""

from __future__ import annotations

from collections.abc import Iterator

from collectors.rds.classes import ACU_BYTES, shipped
from collectors.rds.parameters import Parameter
from rules.settings.memory_parameter_choices import memory_parameters
from rules.settings.mysql_parameter_choices import mysql_parameters
from rules.settings.parameter_change import Advice, Kept, Memory, ParameterAdvice, Wish
from rules.settings.parameter_spelling import same, spelled
from rules.settings.parameters_left_alone import left_alone
from rules.settings.parameters_off_limits import off_limits
from rules.settings.parameters_seen import Seen
from rules.settings.postgres_parameter_choices import postgres_parameters
from rules.settings.risky_parameter_choices import risky_parameters
from rules.upkeep.class_defaults import defaults_of

_FAMILIES = {
    "postgres": postgres_parameters,
    "mysql": mysql_parameters,
    "mariadb": mysql_parameters,
}


def advised(seen: Seen) -> Advice:
    """The surest first; nothing twice."""
    changes: dict[str, ParameterAdvice] = {}
    kept: dict[str, Kept] = {}
    for choice in _choices(seen):
        found = judged(seen, choice) if isinstance(choice, Wish) else choice
        if isinstance(found, ParameterAdvice):
            changes.setdefault(found.parameter, found)
        elif found is not None:
            kept.setdefault(found.parameter, found)
    return Advice(
        instance=seen.instance,
        cluster=seen.cluster,
        memory=_memory(seen),
        changes=tuple(sorted(changes.values(), key=lambda c: (-c.confidence, c.parameter))),
        kept=tuple(k for name, k in sorted(kept.items()) if name not in changes),
        left_alone=tuple(left_alone(seen)) if seen.instance.family in _FAMILIES else (),
    )


def _choices(seen: Seen) -> Iterator[Wish | Kept]:
    yield from risky_parameters(seen)
    if seen.instance.family in _FAMILIES:
        yield from _FAMILIES[seen.instance.family](seen)
    yield from memory_parameters(seen)


def judged(seen: Seen, wish: Wish) -> ParameterAdvice | Kept | None:
    """Whether the platform and the group take it; None for what this instance does not have."""
    parameter = seen.parameter(wish.parameter)
    if parameter is None:
        return None
    now = seen.current(wish.parameter)
    if why := _refused(seen, wish, parameter):
        return Kept(wish.parameter, now.value, f"{wish.why} But {why}.")
    default = defaults_of(seen.instance).get(wish.parameter)
    return ParameterAdvice(
        parameter=wish.parameter,
        current=now,
        advised=None if wish.value is None else spelled(parameter, wish.value),
        default=default.formula if default else None,
        why=wish.why,
        risk=wish.risk,
        static=parameter.static is not False,
        group=parameter.group,
        scope=parameter.scope,
        confidence=wish.confidence,
    )


def _refused(seen: Seen, wish: Wish, parameter: Parameter) -> str:
    """Why not; empty where it can be done and is not done yet."""
    if why := off_limits(seen, wish.parameter, wish.value):
        return why
    if parameter.modifiable is not True:
        return "AWS does not let it be changed"
    if wish.value is None:
        return "" if parameter.source == "user" else "it has AWS's default already"
    written = spelled(parameter, wish.value)
    if written is None:
        return f"{parameter.group} does not allow {wish.value}"
    if same(parameter.value, written):
        waits = ", and takes effect at the next reboot" if parameter.pending_reboot else ""
        return f"{parameter.group} says {written} already{waits}"
    return ""


def _memory(seen: Seen) -> Memory:
    instance, cluster = seen.instance, seen.cluster
    if instance.serverless:
        if cluster is None or cluster.max_acu is None:
            return Memory(None, "serverless")
        most = int(cluster.max_acu * ACU_BYTES)
        return Memory(most, f"serverless, at most {cluster.max_acu:g} ACU of 2 GB")
    if instance.size is None or instance.memory_bytes is None:
        return Memory(instance.memory_bytes, "neither EC2 nor the table of classes knows the class")
    told_by_table = instance.size == shipped(instance.instance_class)
    return Memory(instance.memory_bytes, "the table of classes" if told_by_table else "EC2")
