"""Terraform for the parameter groups that advice changes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from collectors.rds.instance import Instance
from exporters.aws_parameter_calls import GroupPlan
from rules.settings.parameter_change import ParameterAdvice


def terraform(plan: GroupPlan, instance: Instance) -> str:
    """One resource; comments say what it is to be merged with."""
    kind = (
        "aws_rds_cluster_parameter_group" if plan.scope == "cluster" else "aws_db_parameter_group"
    )
    label = re.sub(r"\W", "_", plan.name)
    notes = _used(plan, instance, f"{kind}.{label}") if plan.default else _merged(plan)
    return "\n".join(
        (
            *(f"# {note}" for note in (*notes, *_left_out(plan))),
            f'resource "{kind}" "{label}" {{',
            f"  name   = {_hcl(plan.name)}",
            f"  family = {_hcl(plan.family)}",
            *(_block(change) for change in plan.sets),
            "}",
        )
    )


def _used(plan: GroupPlan, instance: Instance, resource: str) -> Iterator[str]:
    if plan.scope == "cluster":
        yield f"In the aws_rds_cluster: db_cluster_parameter_group_name = {resource}.name"
    elif instance.cluster:
        yield f"In the aws_rds_cluster_instance: db_parameter_group_name = {resource}.name"
    else:
        yield f"In the aws_db_instance: parameter_group_name = {resource}.name"


def _merged(plan: GroupPlan) -> Iterator[str]:
    yield f"Put these blocks into the resource that manages {plan.name}: other parameters that"
    yield "are set in it have to stay there."


def _left_out(plan: GroupPlan) -> Iterator[str]:
    if plan.resets:
        names = ", ".join(c.parameter for c in plan.resets)
        yield f"AWS's default comes back where the block is taken out: {names}"


def _block(change: ParameterAdvice) -> str:
    method = "pending-reboot" if change.static else "immediate"
    return "\n".join(
        (
            "",
            "  parameter {",
            f"    name         = {_hcl(change.parameter)}",
            f"    value        = {_hcl(change.advised or '')}",
            f"    apply_method = {_hcl(method)}",
            "  }",
        )
    )


def _hcl(value: str) -> str:
    """As JSON, but for what Terraform would put a value in."""
    return json.dumps(value).replace("${", "$${").replace("%{", "%%{")
