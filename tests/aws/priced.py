"""A region with prices, for tests of dbtriage aws cost; the prices are made up."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from collectors.rds.prices import SERVERLESS, SOURCE, Offering, Price, Wanted
from collectors.rds.reserved_instances import ReservedCoverage
from rules.cost.costs import Answers, Region, Reservable, Used
from tests.aws.rows import GIB, aurora, hours, instance
from tests.aws.session import NOW
from tests.make import make

DAY_SECONDS = 86_400.0
DAY = date(2026, 11, 12)
LARGE = "db.r7g.large"


def group(**given: Any) -> ReservedCoverage:
    """Of 16 units of PostgreSQL half are reserved, for 200 days more."""
    about = {
        "family": "db.r7g", "product": "postgresql", "running_units": 16.0, "reserved_units": 8.0,
        "next_end_at": NOW + 200 * DAY_SECONDS, "steady_days": 30,
    }  # fmt: skip
    return make(ReservedCoverage, **{**about, **given})


def region(**given: Any) -> Region:
    """Two instances of PostgreSQL, a busy writer of Aurora, and a serverless one nearly idle."""
    orders, billing = (_one(instance(identifier=n)) for n in ("orders-1", "billing-1"))
    shop, cart = (_one(aurora(identifier=n)) for n in ("shop-1", "cart-1"))
    cart = replace(cart, instance_class=SERVERLESS, vcpus=None, memory_bytes=None)
    none = hours(0).rows
    about = {
        "name": "eu-west-1",
        "at": NOW,
        "fleet": (
            Used(orders, none),
            Used(billing, none),
            Used(shop, hours(cpu_ratio=0.6, freeable_memory_min_bytes=2.0 * GIB).rows),
            Used(cart, hours(acu=1.0, acu_max=3.0).rows),
        ),
        "coverage": (group(), group(product="aurora-postgresql", running_units=4.0)),
    }
    return Region(**{**about, **given})


def price(dollars: str, **given: Any) -> Price:
    about = {"unit": "instance-hour", "source": SOURCE, "as_of": DAY, **given}
    return Price(Decimal(dollars), **about)


def offering(identifier: str, product: str, hourly: str, **given: Any) -> Offering:
    about = {
        "instance_class": LARGE, "multi_az": False, "years": 1, "payment": "No Upfront",
        "upfront_dollars": Decimal(0), "hourly_dollars": Decimal(hourly), "product": product,
    }  # fmt: skip
    return Offering(identifier, **{**about, **given})


def answers(**given: Any) -> Answers:
    """To all that is asked of `region`."""
    medium = Wanted("db.r7g.medium", "aurora-postgresql")
    about = {
        "prices": {
            Wanted(LARGE, "postgresql"): price("0.25"),
            Wanted(LARGE, "aurora-postgresql"): price("0.3"),
            Wanted(SERVERLESS, "aurora-postgresql"): price("0.14", unit="ACU-hour"),
            medium: price("0.15"),
        },
        "offers": {
            Reservable(LARGE, "postgresql"): (
                offering("no-upfront", "postgresql", "0.2"),
                offering(
                    "all-upfront", "postgresql", "0", payment="All Upfront",
                    upfront_dollars=Decimal(1314),
                ),
                offering(
                    "three-years", "postgresql", "0.05", payment="Partial Upfront", years=3,
                    upfront_dollars=Decimal(1314),
                ),
            ),
            Reservable(LARGE, "aurora-postgresql"): (
                offering("aurora", "aurora-postgresql", "0.21"),
            ),
        },
    }  # fmt: skip
    return Answers(**{**about, **given})


def _one(rows: Any) -> Any:
    (row,) = rows.rows
    return row
