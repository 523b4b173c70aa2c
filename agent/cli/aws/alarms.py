"""``dbtriage aws alarms``: the alarms AWS recommends, with thresholds for an instance."""

from __future__ import annotations

import typer

from agent.cli.aws.options import (
    ConfigOption,
    InstanceArgument,
    ProfileOption,
    RegionOption,
    RoleOption,
    look,
    target_of,
    width,
)
from agent.failure import Failure


def alarms(
    instance: InstanceArgument,
    config: ConfigOption = None,
    region: RegionOption = None,
    profile: ProfileOption = None,
    role_arn: RoleOption = None,
) -> None:
    """Print the alarms AWS recommends, with thresholds for this instance; which are missing.

    For each missing one: the command of the AWS CLI, the call of boto3, and Terraform.
    """
    from collectors.rds.alarms import Alarm
    from collectors.rds.cluster import Cluster
    from collectors.rds.instance import Instance
    from collectors.rds.parameters import Parameter
    from collectors.snapshots.settings import Setting
    from exporters.aws_alarms import render
    from rules.upkeep.class_defaults import most_connections
    from rules.upkeep.recommended_alarms import coverage, left_out, recommended

    target = target_of(instance, config, (region, profile, role_arn))
    seen = look(target, Instance, Cluster, Parameter, Alarm, Setting)
    about, cluster = seen.needed(Instance), seen.one(Cluster)
    limit = most_connections(about, cluster, seen.all(Parameter), seen.all(Setting))
    found = seen.all(Alarm)
    if found is None:
        raise Failure(next(o.reason for o in seen.unanswered if o.id == "rds.alarms"), code=3)
    covered = coverage(recommended(about, cluster, limit), found.rows)
    typer.echo(render(about, covered, left_out(about, cluster, limit), width=width()))
