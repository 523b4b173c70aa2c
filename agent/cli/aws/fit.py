"""``dbtriage aws fit``: RDS, Aurora or Serverless v2 for what was measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.aws.options import (
    ConfigOption,
    InstanceArgument,
    PricesOption,
    ProfileOption,
    RegionOption,
    RoleOption,
    look,
    price_file,
    target_of,
    width,
)

if TYPE_CHECKING:
    from agent.aws_look import AwsLook
    from agent.config_target import Target
    from rules.fit.measured import Seen


def fit(  # noqa: PLR0913, PLR0917  options of a command
    instance: InstanceArgument,
    config: ConfigOption = None,
    region: RegionOption = None,
    profile: ProfileOption = None,
    role_arn: RoleOption = None,
    failover_seconds: Annotated[
        float | None, typer.Option(help="How long an outage at a failover may last.")
    ] = None,
    growth: Annotated[
        float | None, typer.Option(help="Growth in a year: 0.5 is half as much again.")
    ] = None,
    storage: Annotated[
        str | None, typer.Option(help="What the data is to grow to, as 20TiB.")
    ] = None,
    read_replicas: Annotated[
        int | None, typer.Option(help="Readers wanted, where not those that are there.")
    ] = None,
    budget: Annotated[
        float | None, typer.Option(help="US dollars a month that the instances may cost.")
    ] = None,
    second_region: Annotated[  # noqa: FBT002
        bool, typer.Option("--second-region", help="A copy in another region is wanted.")
    ] = False,
    prices: PricesOption = None,
) -> None:
    """Say which platform fits what was measured: RDS, Aurora, or Aurora Serverless v2.

    Each is scored with reasons against today's limits, from CloudWatch's last fourteen days; with
    the range of capacity for Serverless, and the steps to the first choice.
    """
    from collectors.rds.prices import on_demand
    from exporters.aws_fit import render
    from rules.fit.acu_range import acu_range
    from rules.fit.measured import measured
    from rules.fit.monthly_cost import wanted_prices
    from rules.fit.needs import Needs
    from rules.fit.platform_fit import fit as fitted

    needs = Needs(failover_seconds, growth, _bytes(storage), read_replicas, budget, second_region)
    file = price_file(prices)
    seen, given = _seen(target_of(instance, config, (region, profile, role_arn)))
    found = measured(given)
    wanted = wanted_prices(found, acu_range(found))
    of_region = seen.session.region
    priced = {w: file.price(w, of_region) if file else on_demand(seen.session, w) for w in wanted}
    typer.echo(render(fitted(found, needs, priced), width=width()))


def _seen(target: Target) -> tuple[AwsLook, Seen]:
    from collectors.rds.cloudwatch import CloudWatch
    from collectors.rds.cluster import Cluster
    from collectors.rds.global_cluster import GlobalCluster
    from collectors.rds.instance import Instance
    from collectors.rds.usage import UsedHour
    from collectors.snapshot import Snapshot
    from rules.fit.measured import Seen

    seen = look(target, Instance, Cluster, UsedHour, CloudWatch, GlobalCluster)
    about = Snapshot(seen.session.now(), (seen.needed(Instance),))
    return seen, Seen(
        about,
        seen.all(Cluster),
        seen.all(UsedHour),
        seen.all(CloudWatch),
        seen.all(GlobalCluster),
    )


def _bytes(size: str | None) -> float | None:
    from agent.config_values import size_bytes
    from agent.failure import Failure

    if size is None:
        return None
    try:
        return float(str(size_bytes(size)))
    except ValueError as error:
        raise Failure(f"--storage {size}: {error}") from None
