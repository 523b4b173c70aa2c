"""What AWS asks for an hour: on demand from its price list, in advance from the offers of RDS.

No collector: these are asked by a command, once. What AWS does not tell is Unknown with the
reason. The price list has endpoints in few regions, whichever region its prices are of.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from collectors.session import AwsSession, SessionError

SERVERLESS = "db.serverless"
SOURCE = "the AWS price list"
# How reservations name an engine, and how the price list does.
PRODUCTS = {
    "postgresql": "PostgreSQL",
    "mysql": "MySQL",
    "mariadb": "MariaDB",
    "aurora-mysql": "Aurora MySQL",
    "aurora-postgresql": "Aurora PostgreSQL",
}
_OTHERWISE = {"postgres": "postgresql", "aurora": "aurora-mysql"}
_FRESH_SECONDS = 86_400
_YEAR_SECONDS = 365 * 86_400
_HOURS_A_YEAR = 365 * 24

Unit = Literal["instance-hour", "ACU-hour"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a price is asked for, in the session's region; `product` as reservations name it."""

    instance_class: str
    product: str
    multi_az: bool = False
    io_optimized: bool = False

    @property
    def unit(self) -> Unit:
        return "ACU-hour" if self.instance_class == SERVERLESS else "instance-hour"


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for one `unit`, as `source` told them on the day `as_of`."""

    dollars: Decimal
    unit: Unit
    source: str
    as_of: date


@dataclass(frozen=True, slots=True)
class Unknown:
    """`why` goes on after "unknown: "."""

    why: str


@dataclass(frozen=True, slots=True)
class Offering:
    """A reservation that may be bought: paid at once, and for each hour, used or not."""

    identifier: str
    instance_class: str
    product: str
    multi_az: bool
    years: int
    payment: str
    upfront_dollars: Decimal
    hourly_dollars: Decimal

    @property
    def effective_dollars(self) -> Decimal:
        """For each hour of the term, with its share of what is paid at once."""
        return self.hourly_dollars + self.upfront_dollars / (self.years * _HOURS_A_YEAR)


def product_of(engine: str) -> str | None:
    """The engine of an instance as reservations name it; None where these have one size."""
    product = _OTHERWISE.get(engine, engine)
    return product if product in PRODUCTS else None


def on_demand(aws: AwsSession, wanted: Wanted) -> Price | Unknown:
    """Unknown as well where the list has several prices that we cannot tell apart."""
    try:
        # The members are texts of JSON, not what `pages` promises.
        texts = aws.pages(
            "pricing",
            "get_products",
            "PriceList",
            fresh_seconds=_FRESH_SECONDS,
            ServiceCode="AmazonRDS",
            FormatVersion="aws_v1",
            Filters=_filters(wanted, aws.region),
        )
    except SessionError as error:
        return Unknown(str(error))
    listed = [json.loads(str(text)) for text in texts]
    today = datetime.fromtimestamp(aws.now(), UTC).date()
    found = {
        (dollars, _published(one) or today)
        for one in listed
        if _is_it(one, wanted)
        for dollars in _hourly(one)
    }
    if len({dollars for dollars, _ in found}) != 1:
        return Unknown(_not_one(len({d for d, _ in found}), wanted, aws.region))
    dollars, as_of = min(found)
    return Price(dollars, wanted.unit, SOURCE, as_of)


def offerings(
    aws: AwsSession, instance_class: str, product: str, *, multi_az: bool = False
) -> tuple[Offering, ...] | Unknown:
    """For one and three years; empty where AWS sells none."""
    try:
        found = aws.pages(
            "rds",
            "describe_reserved_db_instances_offerings",
            "ReservedDBInstancesOfferings",
            fresh_seconds=_FRESH_SECONDS,
            DBInstanceClass=instance_class,
            ProductDescription=product,
            MultiAZ=multi_az,
        )
    except SessionError as error:
        return Unknown(str(error))
    offered = (_offering(one) for one in found if one.get("CurrencyCode", "USD") == "USD")
    # AWS matches a part of the product: postgresql finds aurora-postgresql too.
    return tuple(
        o
        for o in offered
        if (o.instance_class, o.product, o.multi_az) == (instance_class, product, multi_az)
        and o.years > 0
    )


def named(wanted: Wanted) -> str:
    """For people: Multi-AZ db.r7g.large for postgresql."""
    if wanted.unit == "ACU-hour":
        what = "an ACU"
    else:
        what = f"{'Multi-AZ ' if wanted.multi_az else ''}{wanted.instance_class}"
    return f"{what} for {wanted.product}{', I/O-Optimized' if wanted.io_optimized else ''}"


def _filters(wanted: Wanted, region: str) -> list[dict[str, str]]:
    asked = {"regionCode": region, "databaseEngine": PRODUCTS[wanted.product]}
    if wanted.unit == "ACU-hour":
        asked |= {"productFamily": "ServerlessV2"}
    else:
        asked |= {
            "productFamily": "Database Instance",
            "instanceType": wanted.instance_class,
            "deploymentOption": "Multi-AZ" if wanted.multi_az else "Single-AZ",
            "licenseModel": "No license required",
        }
    return [{"Type": "TERM_MATCH", "Field": f, "Value": v} for f, v in asked.items()]


def _is_it(listed: Mapping[str, Any], wanted: Wanted) -> bool:
    """The kind of use tells I/O-Optimized from standard, and both from everything else.

    It begins with a short name of the region, but for us-east-1: EUW1-InstanceUsage:db.r7g.large.
    """
    about = listed.get("product", {}).get("attributes", {})
    optimized = "IOOptimized" if wanted.io_optimized else ""
    if wanted.unit == "ACU-hour":
        use = f"Aurora:ServerlessV2{optimized}Usage"
    else:
        use = f"{'Multi-AZ' if wanted.multi_az else 'Instance'}Usage{optimized}:db\\..+"
    in_region = about.get("locationType", "AWS Region") == "AWS Region"
    return in_region and bool(re.fullmatch(f"([A-Z0-9]+-)?{use}", about.get("usagetype", "")))


def _hourly(listed: Mapping[str, Any]) -> Iterator[Decimal]:
    """Prices without a reservation in US dollars; a price of nothing is a free tier's."""
    for term in listed.get("terms", {}).get("OnDemand", {}).values():
        for dimension in term.get("priceDimensions", {}).values():
            dollars = _decimal(dimension.get("pricePerUnit", {}).get("USD"))
            if dollars is not None and dollars > 0:
                yield dollars


def _decimal(text: object) -> Decimal | None:
    """An exact number; None where it is none."""
    try:
        number = Decimal(str(text))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _published(listed: Mapping[str, Any]) -> date | None:
    said = str(listed.get("publicationDate", ""))[:10]
    try:
        return date.fromisoformat(said)
    except ValueError:
        return None


def _not_one(count: int, wanted: Wanted, region: str) -> str:
    has = "no price" if count == 0 else f"{count} different prices"
    return f"{SOURCE} has {has} of {named(wanted)} in {region}"


def _offering(found: Mapping[str, Any]) -> Offering:
    return Offering(
        identifier=found["ReservedDBInstancesOfferingId"],
        instance_class=found.get("DBInstanceClass", ""),
        product=found.get("ProductDescription", "").lower().replace(" ", "-"),
        multi_az=found.get("MultiAZ", False),
        years=round(found.get("Duration", 0) / _YEAR_SECONDS),
        payment=found.get("OfferingType", ""),
        upfront_dollars=_sum([found.get("FixedPrice", 0)]),
        hourly_dollars=_sum(
            charge["RecurringChargeAmount"]
            for charge in found.get("RecurringCharges", ())
            if charge.get("RecurringChargeFrequency") == "Hourly"
        )
        + _sum([found.get("UsagePrice", 0)]),
    )


def _sum(floats: Iterable[float]) -> Decimal:
    """As written: 0.1 is a tenth."""
    return sum((Decimal(str(number)) for number in floats), Decimal(0))
