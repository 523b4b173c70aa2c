"""``dbtriage aws``: plans for an RDS or Aurora instance; nothing is changed."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.failure import Failure

if TYPE_CHECKING:
    from agent.aws_look import AwsLook
    from agent.config_target import Target

app = typer.Typer(
    no_args_is_help=True,
    help="Plans for an Amazon RDS or Aurora instance, with the exact commands for them. They read "
    "AWS only, with the rights of `dbtriage grants aws`, and change nothing.",
)

InstanceArgument = Annotated[
    str, typer.Argument(help="Identifier of the instance, or with -c the name of a target.")
]
ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="Take region and role from a target of this file."),
]
RegionOption = Annotated[
    str | None, typer.Option(help="Region of the instance; AWS_REGION if not given.")
]
ProfileOption = Annotated[str | None, typer.Option(help="Profile of the AWS configuration.")]
RoleOption = Annotated[str | None, typer.Option(help="ARN of a role to assume.")]


@app.command()
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
    look = _look(target, Instance, Cluster, Parameter, Alarm, Setting)
    about, cluster = look.needed(Instance), look.one(Cluster)
    limit = most_connections(about, cluster, look.all(Parameter), look.all(Setting))
    found = look.all(Alarm)
    if found is None:
        raise Failure(next(o.reason for o in look.unanswered if o.id == "rds.alarms"), code=3)
    covered = coverage(recommended(about, cluster, limit), found.rows)
    typer.echo(render(about, covered, left_out(about, cluster, limit), width=_width()))


def target_of(
    instance: str, config: Path | None, given: tuple[str | None, str | None, str | None]
) -> Target:
    """A target of the file, or one made of the options; Failure says what is missing."""
    import os

    from agent.cli.targets import configured
    from agent.config import ConfigError, checked

    if config is not None:
        found = configured(config, None).targets
        named = [t for t in found if t.aws and instance in (t.name, t.aws.instance)]
        if not named:
            raise Failure(f"no target of {config} is the instance {instance}")
        return named[0]
    region, profile, role_arn = given
    region = region or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    if not region:
        raise Failure("give --region, or set AWS_REGION")
    options = {"region": region, "profile": profile, "role_arn": role_arn}
    aws = {"instance": instance, **{n: v for n, v in options.items() if v}}
    name = "".join(c if c.isalnum() or c in "._-" else "-" for c in instance).strip("-._")
    try:
        return checked({"targets": [{"name": name or "instance", "aws": aws}]}, "options").targets[
            0
        ]
    except ConfigError as error:
        raise Failure(str(error)) from None


def _look(target: Target, *rows: type[Any]) -> AwsLook:
    from agent.aws_look import AwsLook
    from agent.logs import set_up

    set_up("error", "text")
    if sys.stderr.isatty():
        typer.echo(f"{target.name}: asking AWS", err=True)
    return AwsLook(target, rows)


def _width() -> int:
    if not sys.stdout.isatty():
        return 100
    return min(shutil.get_terminal_size((100, 24)).columns, 120)
