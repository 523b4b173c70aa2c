"""Answers that tell of the instances and clusters of an account, for tests of collectors."""

from __future__ import annotations

from typing import Any

from collectors.session import PermissionDenied
from tests.aws.shapes import aurora_member, db_cluster, db_instance


def fleet(
    *instances: dict[str, Any], clusters: tuple[dict[str, Any], ...] = ()
) -> dict[str, dict[str, Any] | Exception]:
    """Each instance as in tests.aws.shapes; sizes are taken from the shipped table."""
    return {
        "rds:describe_db_instances": {"DBInstances": list(instances)},
        "rds:describe_db_clusters": {"DBClusters": list(clusters)},
        "ec2:describe_instance_types": PermissionDenied("needs ec2:DescribeInstanceTypes"),
    }


def orders() -> dict[str, dict[str, Any] | Exception]:
    """The instance orders-1, and one that is none of ours."""
    return fleet(db_instance("billing-1"), db_instance("orders-1"))


def shop(**given: Any) -> dict[str, dict[str, Any] | Exception]:
    """The cluster shop of the writer shop-1 and the reader shop-2, and one that is not ours."""
    return fleet(
        aurora_member("cart-1", "cart"),
        aurora_member("shop-1"),
        aurora_member("shop-2", AvailabilityZone="eu-west-1b", DBInstanceClass="db.r7g.xlarge"),
        db_instance("orders-1"),
        clusters=(db_cluster("cart", "cart-1"), db_cluster("shop", "shop-1", "shop-2", **given)),
    )
