"""Ask AWS what `dbtriage aws cost` has to know of a region."""

from __future__ import annotations

import time

from agent.config_aws import Account
from agent.failure import Failure
from agent.targets.aws import AwsInstance
from collectors.rds.classes import size_of
from collectors.rds.instance import Instance, clusters, fleet, instance_of
from collectors.rds.prices import Unknown, offerings, on_demand
from collectors.rds.reserved_instances import ReservedCoverage, coverage
from collectors.rds.usage import UsedHour, usage
from collectors.session import PermissionDenied, SessionError
from rules.cost.costs import Answers, Costs, Region, Used, costs, questions
from rules.cost.price_file import PriceFile

_WARNED_DAYS = 60
_RESERVATIONS = ("rds", "describe_reserved_db_instances", "ReservedDBInstances")


def costs_of(where: Account, prices: PriceFile | None) -> Costs:
    """Failure where the instances cannot be listed; what else is refused is said in the result."""
    aws = _session(where, "")
    try:
        instances = _instances(aws)
    except SessionError as error:
        raise Failure(str(error), code=3) from None
    used = tuple(Used(i, _hours(_session(where, i.identifier), i)) for i in instances)
    region = Region(where.region, time.time(), used, _coverage(aws))
    asked = questions(region)
    answers = Answers(
        {w: prices.price(w, where.region) if prices else on_demand(aws, w) for w in asked.prices},
        {o: offerings(aws, o.instance_class, o.product) for o in asked.offers},
    )
    return costs(region, answers, warned_days=_WARNED_DAYS)


def _session(where: Account, instance: str) -> AwsInstance:
    from agent.targets.aws_access import Access  # noqa: PLC0415  boto3 only where it is used
    from agent.targets.aws_account import account_of  # noqa: PLC0415

    access = Access(where.region, where.profile, where.role_arn, where.external_id)
    return AwsInstance(account_of(access), "cost", instance, {})


def _instances(aws: AwsInstance) -> tuple[Instance, ...]:
    try:
        members = [m for c in clusters(aws) for m in c.get("DBClusterMembers", ())]
    except PermissionDenied:
        members = []
    return tuple(instance_of(i, size_of(aws, i["DBInstanceClass"]), members) for i in fleet(aws))


def _hours(aws: AwsInstance, instance: Instance) -> tuple[UsedHour, ...] | Unknown:
    """Only Aurora has a serverless form to compare with."""
    if not instance.aurora:
        return ()
    try:
        return usage.ask(aws).rows
    except SessionError as error:
        return Unknown(str(error))


def _coverage(aws: AwsInstance) -> tuple[ReservedCoverage, ...] | Unknown:
    try:
        return coverage(fleet(aws), aws.pages(*_RESERVATIONS), aws.now(), "")
    except SessionError as error:
        return Unknown(str(error))
