"""The calls that bring advice on parameters into effect, in their order; nothing is called here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from collectors.rds.instance import Instance
from exporters.aws_calls import Argument, Call
from rules.settings.parameter_change import DEFAULT_GROUP, Advice, ParameterAdvice

_MOST_IN_A_CALL = 20
_REBOOT = "At a quiet hour: about a minute without the database, and a cold cache after it."


@dataclass(frozen=True, slots=True)
class GroupPlan:
    """A parameter group and what changes in it.

    `default` is AWS's group that is in use now and can't be changed, where `name` is one that
    has to be made; empty where the group is there already.
    """

    scope: Literal["instance", "cluster"]
    name: str
    default: str
    family: str
    changes: tuple[ParameterAdvice, ...]

    @property
    def sets(self) -> tuple[ParameterAdvice, ...]:
        return tuple(c for c in self.changes if c.advised is not None)

    @property
    def resets(self) -> tuple[ParameterAdvice, ...]:
        return tuple(c for c in self.changes if c.advised is None)

    @property
    def needs_reboot(self) -> bool:
        """A group that was given to an instance counts from its next reboot on."""
        return bool(self.default) or any(c.static for c in self.changes)


def plans(advice: Advice) -> tuple[GroupPlan, ...]:
    """One for each group that is to be changed."""
    groups = dict.fromkeys((c.scope, c.group) for c in advice.changes)
    return tuple(_plan(advice, scope, group) for scope, group in groups)


def _plan(advice: Advice, scope: Literal["instance", "cluster"], group: str) -> GroupPlan:
    changes = tuple(c for c in advice.changes if (c.scope, c.group) == (scope, group))
    of_aws = group.startswith(DEFAULT_GROUP)
    holder = _cluster(advice) if scope == "cluster" else advice.instance.identifier
    return GroupPlan(
        scope=scope,
        name=f"{holder}-own" if of_aws else group,
        default=group if of_aws else "",
        family=group.removeprefix(DEFAULT_GROUP) if of_aws else family(advice.instance),
        changes=changes,
    )


def family(instance: Instance) -> str:
    """As RDS names it: postgres16, mysql8.4, aurora-mysql8.0."""
    numbers = re.findall(r"\d+", instance.engine_version)
    parts = 1 if instance.family == "postgres" else 2
    return instance.engine + ".".join(numbers[:parts])


def calls(advice: Advice) -> Iterator[Call]:
    """Groups are made and changed, then given to the instance or cluster, then it reboots."""
    made = plans(advice)
    for plan in made:
        yield from _of_group(plan, advice)
    for plan in made:
        if plan.default:
            yield from _given(plan, advice)
    if any(plan.needs_reboot for plan in made):
        of_cluster = any(p.needs_reboot and p.scope == "cluster" for p in made)
        yield from _reboots(advice, of_cluster=of_cluster)


def _of_group(plan: GroupPlan, advice: Advice) -> Iterator[Call]:
    kind, named = _kind(plan)
    if plan.default:
        yield Call(
            f"create_{kind}",
            {
                **named,
                "DBParameterGroupFamily": plan.family,
                "Description": f"parameters of {_holder(plan, advice)}",
            },
            f"{plan.default} can't be changed: this makes a group that can.",
        )
    for part in _parts(plan.sets):
        rows = [_row(c) for c in part]
        yield Call(f"modify_{kind}", {**named, "Parameters": rows})
    for part in _parts(plan.resets):
        rows = [_row(c) for c in part]
        yield Call(
            f"reset_{kind}", {**named, "ResetAllParameters": False, "Parameters": rows},
            "This gives AWS's defaults back.",
        )  # fmt: skip


def _kind(plan: GroupPlan) -> tuple[str, dict[str, Argument]]:
    if plan.scope == "cluster":
        return "db_cluster_parameter_group", {"DBClusterParameterGroupName": plan.name}
    return "db_parameter_group", {"DBParameterGroupName": plan.name}


def _row(change: ParameterAdvice) -> dict[str, str]:
    method = "pending-reboot" if change.static else "immediate"
    value = {} if change.advised is None else {"ParameterValue": change.advised}
    return {"ParameterName": change.parameter, **value, "ApplyMethod": method}


def _parts(changes: tuple[ParameterAdvice, ...]) -> Iterator[tuple[ParameterAdvice, ...]]:
    """RDS takes no more than 20 parameters in a call."""
    for start in range(0, len(changes), _MOST_IN_A_CALL):
        yield changes[start : start + _MOST_IN_A_CALL]


def _given(plan: GroupPlan, advice: Advice) -> Iterator[Call]:
    _, named = _kind(plan)
    if plan.scope == "cluster":
        about: dict[str, Argument] = {"DBClusterIdentifier": _cluster(advice)}
        yield Call("modify_db_cluster", {**about, **named, "ApplyImmediately": True})
        yield Call("wait:db_cluster_available", about)
    else:
        about = {"DBInstanceIdentifier": advice.instance.identifier}
        yield Call("modify_db_instance", {**about, **named, "ApplyImmediately": True})
        yield Call("wait:db_instance_available", about)


def _reboots(advice: Advice, *, of_cluster: bool) -> Iterator[Call]:
    """Of a cluster each instance: readers first, the writer last."""
    if of_cluster and advice.instance.cluster and not advice.instance.aurora:
        yield Call("reboot_db_cluster", {"DBClusterIdentifier": _cluster(advice)}, _REBOOT)
        return
    for identifier in _members(advice) if of_cluster else (advice.instance.identifier,):
        about = {"DBInstanceIdentifier": identifier}
        yield Call("reboot_db_instance", about, _REBOOT)
        yield Call("wait:db_instance_available", about)


def _members(advice: Advice) -> Iterable[str]:
    if advice.cluster is None:
        return (advice.instance.identifier,)
    return (m.identifier for m in sorted(advice.cluster.members, key=lambda m: m.writer))


def _holder(plan: GroupPlan, advice: Advice) -> str:
    return _cluster(advice) if plan.scope == "cluster" else advice.instance.identifier


def _cluster(advice: Advice) -> str:
    return advice.instance.cluster or advice.instance.identifier
