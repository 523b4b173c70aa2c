"""``dbtriage aws cost``: what reserved instances and serverless would save in a region."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from agent.cli.aws.options import (
    PricesOption,
    ProfileOption,
    RegionOption,
    RoleOption,
    account,
    price_file,
    progress,
    width,
)

if TYPE_CHECKING:
    from agent.config_aws import Account


def cost(
    region: RegionOption = None,
    profile: ProfileOption = None,
    role_arn: RoleOption = None,
    prices: PricesOption = None,
) -> None:
    """Compare what runs in a region with reserved instances, and Aurora with Serverless v2.

    Coverage by family, what offers would save and when they pay, reservations that end soon.
    Prices are AWS's own list or a file of yours; one that is not known is said, never guessed.
    """
    from agent.aws_costs import costs_of
    from exporters.aws_cost import render

    file = price_file(prices)
    where = _account((region, profile, role_arn))
    progress(f"{where.region}: asking AWS")
    typer.echo(render(costs_of(where, file), width=width()))


def _account(given: tuple[str | None, str | None, str | None]) -> Account:
    from pydantic import ValidationError

    from agent.config_aws import Account
    from agent.failure import Failure

    try:
        return Account.model_validate(account(given))
    except ValidationError as error:
        wrong = error.errors(include_url=False)[0]
        option = str(wrong["loc"][0]).replace("_", "-")
        raise Failure(f"--{option} {wrong['input']}: {wrong['msg']}") from None
