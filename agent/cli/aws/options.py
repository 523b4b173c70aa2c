"""What the commands under ``dbtriage aws`` share: which instance, and one look at it."""

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
    from rules.cost.price_file import PriceFile

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
PricesOption = Annotated[
    Path | None,
    typer.Option(help="A file of prices with its date, in place of the Pricing API."),
]
# Region, profile and role.
Where = tuple[str | None, str | None, str | None]


def target_of(instance: str, config: Path | None, given: Where) -> Target:
    """A target of the file, or one made of the options; Failure says what is missing."""
    from agent.cli.targets import chosen
    from agent.config import ConfigError, checked

    if config is not None:
        found = chosen(config, None).targets
        named = [t for t in found if t.aws and instance in (t.name, t.aws.instance)]
        if not named:
            raise Failure(f"no target of {config} is the instance {instance}")
        return named[0]
    aws = {"instance": instance, **account(given)}
    name = "".join(c if c.isalnum() or c in "._-" else "-" for c in instance).strip("-._")
    try:
        return checked({"targets": [{"name": name or "instance", "aws": aws}]}, "options").targets[
            0
        ]
    except ConfigError as error:
        raise Failure(str(error)) from None


def account(given: Where) -> dict[str, str]:
    """Options of an account; Failure where no region is given."""
    import os

    region, profile, role_arn = given
    region = region or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    if not region:
        raise Failure("give --region, or set AWS_REGION")
    options = {"region": region, "profile": profile, "role_arn": role_arn}
    return {name: value for name, value in options.items() if value}


def look(target: Target, *rows: type[Any]) -> AwsLook:
    from agent.aws_look import AwsLook

    progress(f"{target.name}: asking AWS")
    return AwsLook(target, rows)


def progress(words: str) -> None:
    """On a terminal's stderr only."""
    from agent.logs import set_up

    set_up("error", "text")
    if sys.stderr.isatty():
        typer.echo(words, err=True)


def price_file(path: Path | None) -> PriceFile | None:
    """Failure says what is wrong with it."""
    from rules.cost.price_file import PriceFileError, parse

    if path is None:
        return None
    try:
        return parse(path.read_text(encoding="utf-8"), path.name)
    except (OSError, UnicodeDecodeError) as error:
        raise Failure(f"{path}: {error}") from None
    except PriceFileError as error:
        raise Failure(str(error)) from None


def width() -> int:
    if not sys.stdout.isatty():
        return 100
    return min(shutil.get_terminal_size((100, 24)).columns, 120)
