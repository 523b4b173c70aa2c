"""How to buy a reservation: for the AWS CLI, Python and Terraform. dbtriage itself never does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from shlex import quote

from collectors.rds.prices import Unknown
from exporters.aws_cost_tables import day
from exporters.figures import count, one_line
from rules.cost.costs import Costs
from rules.cost.reserved_saving import GroupSaving, Offer

Arguments = Mapping[str, str | int]


def title(group: GroupSaving, offer: Offer, region: str) -> str:
    about = f"{group.count} x {group.instance_class} for {group.coverage.product}"
    term = count(offer.offering.years, "year")
    return f"Plan: reserve {about}, {term}, {one_line(offer.offering.payment, 20)}, in {region}."


def purchase(group: GroupSaving, offer: Offer, found: Costs) -> Iterator[str]:
    """The ways to buy the one offer, and the names of the other offers."""
    given, region = arguments(group, offer, day(found.at)), found.region
    yield f"# AWS CLI\n{cli(given, region)}"
    yield f"# Python\n{boto3_call(given, region)}"
    yield f"# Terraform (destroy forgets the reservation; it does not end it)\n{terraform(given)}"
    offers = () if isinstance(group.offers, Unknown) else group.offers
    others = [o.offering for o in offers if o is not offer]
    if others:
        yield "\n".join(
            (
                "# The other offers, to put in the place of the identifier above",
                *(f"# {o.years} y, {one_line(o.payment, 20)}: {o.identifier}" for o in others),
            )
        )


def arguments(group: GroupSaving, offer: Offer, on: str) -> Arguments:
    """Of PurchaseReservedDBInstancesOffering; the name must be a new one, so it has the day."""
    family = re.sub(r"[^a-z0-9]+", "-", group.coverage.family.removeprefix("db.").lower())
    return {
        "ReservedDBInstancesOfferingId": offer.offering.identifier,
        "ReservedDBInstanceId": f"{family.strip('-')}-{group.coverage.product}-{on}",
        "DBInstanceCount": group.count,
    }


def cli(given: Arguments, region: str) -> str:
    options = (
        f"--reserved-db-instances-offering-id {quote(str(given['ReservedDBInstancesOfferingId']))}",
        f"--reserved-db-instance-id {quote(str(given['ReservedDBInstanceId']))}",
        f"--db-instance-count {given['DBInstanceCount']}",
        f"--region {quote(region)}",
    )
    return " ".join(("aws rds purchase-reserved-db-instances-offering", *options))


def boto3_call(given: Arguments, region: str) -> str:
    """Python source text."""
    lines = (f"    {name}={json.dumps(value)}," for name, value in given.items())
    return "\n".join(
        (
            "import boto3",
            "",
            f'rds = boto3.client("rds", region_name="{region}")',
            "rds.purchase_reserved_db_instances_offering(",
            *lines,
            ")",
        )
    )


def terraform(given: Arguments) -> str:
    name = re.sub(r"\W", "_", str(given["ReservedDBInstanceId"]))
    return "\n".join(
        (
            f'resource "aws_rds_reserved_instance" "reserved_{name}" {{',
            f"  offering_id    = {json.dumps(given['ReservedDBInstancesOfferingId'])}",
            f"  reservation_id = {json.dumps(given['ReservedDBInstanceId'])}",
            f"  instance_count = {given['DBInstanceCount']}",
            "}",
        )
    )
