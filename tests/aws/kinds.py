"""Instances of every kind that CloudWatch tells apart, in the documented format, by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from collectors.session import PermissionDenied
from tests.aws.session import Answers, FakeAws
from tests.aws.shapes import aurora_member, db_cluster, db_instance

# Without EC2's word on a class, dbtriage's own table tells its size.
_NO_EC2 = PermissionDenied("ec2:DescribeInstanceTypes is not allowed")


def fake(*instances: dict[str, Any], cluster: dict[str, Any] | None = None) -> FakeAws:
    """A session of the first of these instances."""
    answers: Answers = {
        "rds:describe_db_instances": {"DBInstances": list(instances)},
        "rds:describe_db_clusters": {"DBClusters": [cluster] if cluster else []},
        "ec2:describe_instance_types": _NO_EC2,
    }
    return FakeAws(answers, instance=instances[0]["DBInstanceIdentifier"])


def rds(engine: str = "postgres", **given: Any) -> FakeAws:
    return fake(db_instance(Engine=engine, **given))


def multi_az_cluster(*, writer: bool, engine: str = "postgres", **given: Any) -> FakeAws:
    """A member of a Multi-AZ DB cluster: RDS with two readers, not Aurora."""
    names = ("orders-1", "orders-2") if writer else ("orders-2", "orders-1")
    cluster = db_cluster("orders", *names, Engine=engine)
    return fake(db_instance(Engine=engine, DBClusterIdentifier="orders", **given), cluster=cluster)


def aurora(
    engine: str = "aurora-postgresql", *, writer: bool = True, readers: int = 1,
    of_cluster: Mapping[str, Any] | None = None, **given: Any,
) -> FakeAws:  # fmt: skip
    """The writer of an Aurora cluster, or one of its readers."""
    version = "8.0.mysql_aurora.3.08.0" if "mysql" in engine else "16.6"
    shape = aurora_member("shop-1", **{"Engine": engine, "EngineVersion": version, **given})
    others = [f"shop-{at + 2}" for at in range(readers)]
    names = ["shop-1", *others] if writer else [*others, "shop-1"]
    cluster = db_cluster("shop", *names, Engine=engine, **(of_cluster or {}))
    return fake(shape, cluster=cluster)


def secondary_region(engine: str = "aurora-postgresql", *, first: bool = True) -> FakeAws:
    """A reader of a cluster of a global database whose writer is in another region."""
    other = "shop-2" if first else "shop-0"
    cluster = db_cluster("shop", other, "shop-1", Engine=engine, GlobalClusterIdentifier="world")
    for member in cluster["DBClusterMembers"]:
        member["IsClusterWriter"] = False
    version = "8.0.mysql_aurora.3.08.0" if "mysql" in engine else "16.6"
    return fake(aurora_member("shop-1", Engine=engine, EngineVersion=version), cluster=cluster)
