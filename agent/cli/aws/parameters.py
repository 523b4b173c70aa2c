"""``dbtriage aws parameters``: which parameters to change, for the workload and the class."""

from __future__ import annotations

from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from agent.config_target import Target
    from rules.settings.parameters_seen import Seen


def parameters(
    instance: InstanceArgument,
    config: ConfigOption = None,
    region: RegionOption = None,
    profile: ProfileOption = None,
    role_arn: RoleOption = None,
) -> None:
    """Say which parameters to change, and why: by workload, memory of the class and live values.

    Live values and counters need a target of a file (-c) that is connected to as well. What the
    platform does not let change is never advised; what is fine is said to be kept.
    """
    from exporters.aws_parameters import render
    from rules.settings.parameter_advice import advised

    target = target_of(instance, config, (region, profile, role_arn))
    typer.echo(render(advised(_seen(target)), width()))


def _seen(target: Target) -> Seen:
    from collectors.postgres.checkpoints import Checkpoints
    from collectors.postgres.databases import Database
    from collectors.postgres.wal import Wal
    from collectors.rds.cloudwatch import CloudWatch
    from collectors.rds.cluster import Cluster
    from collectors.rds.instance import Instance
    from collectors.rds.load import DatabaseLoad
    from collectors.rds.parameters import Parameter
    from collectors.rds.usage import UsedHour
    from collectors.snapshots.sessions import Connections
    from collectors.snapshots.settings import Setting
    from rules.settings.parameter_counters import counted
    from rules.settings.parameters_seen import Seen

    of_aws = (Instance, Cluster, Parameter, CloudWatch, UsedHour, DatabaseLoad)
    seen = look(target, *of_aws, Setting, Database, Checkpoints, Wal, Connections)
    settings = seen.all(Setting)
    return Seen(
        instance=seen.needed(Instance),
        cluster=seen.one(Cluster),
        parameters=seen.rows(Parameter),
        minutes=seen.rows(CloudWatch),
        hours=seen.rows(UsedHour),
        load=seen.rows(DatabaseLoad),
        settings=settings.rows if settings else None,
        counted=counted(
            seen.all(Database), seen.all(Checkpoints), seen.all(Wal), seen.all(Connections)
        ),
    )
