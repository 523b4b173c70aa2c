"""Fixtures are in the documented format, none was recorded from AWS."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from collectors.rds.reserved_instances import (
    ReservedCoverage,
    coverage,
    reserved_instances,
    units_of,
)
from collectors.session import PermissionDenied
from tests.aws.kinds import fake, rds
from tests.aws.session import NOW
from tests.aws.shapes import AT, aurora_member, db_instance

KEY = "rds:describe_reserved_db_instances"
YEAR = 365 * 86_400


def reservation(**given: Any) -> dict[str, Any]:
    """A member of DescribeReservedDBInstances: one db.r7g.large in one zone, for a year."""
    return {
        "ReservedDBInstanceId": "ri-1",
        "DBInstanceClass": "db.r7g.large",
        "StartTime": AT - timedelta(days=100),
        "Duration": YEAR,
        "DBInstanceCount": 1,
        "ProductDescription": "postgresql",
        "OfferingType": "No Upfront",
        "MultiAZ": False,
        "State": "active",
        **given,
    }


def single(name: str = "orders-1", **given: Any) -> dict[str, Any]:
    """A db.r7g.large of PostgreSQL in one zone, made 300 days ago."""
    return db_instance(name, **{"MultiAZ": False, **given})


def covered(
    *instances: dict[str, Any], reserved: tuple[dict[str, Any], ...] = (), ours: str = "orders-1"
) -> tuple[ReservedCoverage, ...]:
    return coverage(instances, reserved, NOW, ours)


def one(*instances: dict[str, Any], reserved: tuple[dict[str, Any], ...] = ()) -> ReservedCoverage:
    (row,) = covered(*instances, reserved=reserved)
    return row


def test_what_is_asked() -> None:
    aws = fake(db_instance("orders-1"), single("orders-2"))
    aws.answers[KEY] = [
        {"ReservedDBInstances": [reservation(MultiAZ=True)], "Marker": "more"},
        {"ReservedDBInstances": [reservation(DBInstanceCount=3)]},
    ]
    answer = reserved_instances(aws)
    assert answer.taken_at == NOW
    assert answer.rows == (
        ReservedCoverage(
            family="db.r7g",
            product="postgresql",
            ours=True,
            our_units=8.0,
            speaks=True,
            running_units=12.0,
            reserved_units=20.0,
            next_end_at=NOW - 100 * 86_400 + YEAR,
            steady_days=30,
        ),
    )
    assert sorted(aws.asked) == [("rds:describe_db_instances", {}), (KEY, {})]


@pytest.mark.parametrize(
    ("instance_class", "units"),
    [
        ("db.t4g.nano", 0.25), ("db.t4g.micro", 0.5), ("db.t3.small", 1), ("db.t3.medium", 2),
        ("db.r7g.large", 4), ("db.r7g.xlarge", 8), ("db.r7g.2xlarge", 16),
        ("db.r7g.48xlarge", 384), ("db.serverless", None), ("db.r7g.metal", None), ("", None),
    ],
)  # fmt: skip
def test_units(instance_class: str, units: float | None) -> None:
    assert units_of(instance_class) == units


@pytest.mark.parametrize(
    ("instance", "units"),
    [
        (single(), 4.0),
        (single(MultiAZ=True), 8.0),
        (single(MultiAZ=True, DBClusterIdentifier="orders"), 4.0),
        (single(DBInstanceClass="db.r7g.4xlarge"), 32.0),
        (single(StorageType="aurora-iopt1"), 5.2),
    ],
    ids=["one zone", "Multi-AZ", "member of a Multi-AZ cluster", "larger", "I/O-Optimized"],
)
def test_what_an_instance_counts(instance: dict[str, Any], units: float) -> None:
    row = one(instance)
    assert (row.our_units, row.running_units) == pytest.approx((units, units))


@pytest.mark.parametrize(
    ("given", "ours", "running"),
    [
        ({"InstanceCreateTime": AT - timedelta(days=30)}, 4.0, 4.0),
        ({"InstanceCreateTime": AT - timedelta(days=30) + timedelta(seconds=1)}, 4.0, 0.0),
        ({"DBInstanceStatus": "backing-up"}, 4.0, 4.0),
    ],
    ids=["30 days old", "just younger", "busy"],
)
def test_steady(given: dict[str, Any], ours: float, running: float) -> None:
    row = one(single(**given))
    assert (row.ours, row.our_units, row.running_units) == (True, ours, running)


def test_an_instance_of_unknown_age_is_not_steady() -> None:
    found = single()
    del found["InstanceCreateTime"]
    assert one(found).running_units == 0


@pytest.mark.parametrize(
    "given",
    [
        {"DBInstanceStatus": "stopped"},
        {"DBInstanceClass": "db.serverless"},
        {"Engine": "oracle-se2"},
        {"Engine": "sqlserver-ee"},
        {"DBInstanceClass": "db.r5.large.tpc1.mem2x"},
    ],
    ids=["stopped", "serverless", "Oracle", "SQL Server", "a size we do not know"],
)
def test_what_counts_nothing(given: dict[str, Any]) -> None:
    assert covered(single(**given)) == ()


def test_groups_are_families_and_products() -> None:
    rows = covered(
        single("orders-1"),
        single("orders-2", DBInstanceClass="db.r7g.2xlarge"),
        single("orders-3", DBInstanceClass="db.r6g.large"),
        single("orders-4", Engine="mysql"),
        aurora_member("shop-1"),
        aurora_member("shop-2", Engine="aurora-mysql"),
        reserved=(reservation(ProductDescription="mariadb", DBInstanceClass="db.t4g.medium"),),
    )
    assert [
        (r.family, r.product, r.ours, r.our_units, r.running_units, r.reserved_units) for r in rows
    ] == [
        ("db.r6g", "postgresql", False, 0, 4, 0),
        ("db.r7g", "aurora-mysql", False, 0, 4, 0),
        ("db.r7g", "aurora-postgresql", False, 0, 4, 0),
        ("db.r7g", "mysql", False, 0, 4, 0),
        ("db.r7g", "postgresql", True, 4, 20, 0),
        ("db.t4g", "mariadb", False, 0, 0, 2),
    ]


@pytest.mark.parametrize(
    ("given", "units"),
    [
        ({}, 4.0),
        ({"DBInstanceCount": 2, "DBInstanceClass": "db.r7g.xlarge"}, 16.0),
        ({"MultiAZ": True}, 8.0),
        ({"State": "payment-pending"}, 0.0),
        ({"State": "payment-failed"}, 0.0),
        ({"State": "retired"}, 0.0),
        ({"StartTime": AT - timedelta(days=365)}, 0.0),
        ({"StartTime": AT - timedelta(days=364)}, 4.0),
    ],
    ids=[
        "one", "two of another size", "Multi-AZ", "not paid yet", "not paid", "retired",
        "over now", "over tomorrow",
    ],
)  # fmt: skip
def test_what_a_reservation_counts(given: dict[str, Any], units: float) -> None:
    assert one(single(), reserved=(reservation(**given),)).reserved_units == units


@pytest.mark.parametrize(
    ("engine", "said"),
    [
        ("postgres", "postgresql"), ("mysql", "mysql"), ("mariadb", "mariadb"),
        ("aurora-postgresql", "aurora-postgresql"), ("aurora-mysql", "aurora-mysql"),
        ("aurora-mysql", "Aurora MySQL"), ("aurora", "aurora"),
    ],
)  # fmt: skip
def test_products(engine: str, said: str) -> None:
    row = one(single(Engine=engine), reserved=(reservation(ProductDescription=said),))
    assert (row.running_units, row.reserved_units) == (4, 4)


def test_the_first_to_end() -> None:
    later, first = reservation(StartTime=AT), reservation(StartTime=AT - timedelta(days=300))
    open_end = reservation()
    del open_end["StartTime"]
    row = one(single(), reserved=(later, first, open_end))
    assert (row.reserved_units, row.next_end_at) == (12, NOW - 300 * 86_400 + YEAR)
    assert one(single(), reserved=(open_end,)).next_end_at is None
    assert one(single()).next_end_at is None


def test_nothing_runs_and_nothing_is_reserved() -> None:
    assert covered() == ()
    assert covered(reserved=({},)) == ()


def test_denied() -> None:
    aws = rds()
    aws.answers[KEY] = PermissionDenied("needs the IAM action")
    with pytest.raises(PermissionDenied):
        reserved_instances(aws)


@pytest.mark.parametrize(
    ("names", "ours", "speaks"),
    [
        pytest.param(("orders-1", "orders-2"), "orders-1", True, id="the first by name"),
        pytest.param(("orders-1", "orders-2"), "orders-2", False, id="the second"),
        pytest.param(("a-new-one", "orders-1"), "orders-1", True, id="the first is too young"),
        pytest.param(("a-new-one", "orders-1"), "a-new-one", False, id="it is too young itself"),
    ],
)
def test_one_instance_speaks_for_the_family(
    names: tuple[str, ...], ours: str, *, speaks: bool
) -> None:
    young = {"a-new-one": {"InstanceCreateTime": AT - timedelta(days=29)}}
    (row,) = covered(*(single(n, **young.get(n, {})) for n in names), ours=ours)
    assert row.speaks is speaks
