"""What belongs to an instance: its cluster and the parameter groups both use, by kind and name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from collectors.rds.cluster import own_cluster
from collectors.rds.instance import own_instance
from collectors.session import AwsSession

# As an ARN of RDS says it: db, cluster, pg or cluster-pg; and the identifier.
Resource = tuple[str, str]
_NAME = 6


def kind_and_name(arn: str) -> Resource:
    """Of ``arn:aws:rds:REGION:ACCOUNT:db:orders-1``; empty texts of what is no such ARN."""
    parts = arn.split(":", _NAME)
    return (parts[_NAME - 1], parts[_NAME]) if len(parts) > _NAME else ("", "")


def instance_and_cluster(own: Mapping[str, Any]) -> frozenset[Resource]:
    """Of one member of DescribeDBInstances."""
    cluster = own.get("DBClusterIdentifier")
    found = {("db", own["DBInstanceIdentifier"])}
    return frozenset(found | {("cluster", cluster)} if cluster else found)


def resources(aws: AwsSession) -> frozenset[Resource]:
    """The session's own instance, its cluster, and the groups of both."""
    own = own_instance(aws)
    groups = {("pg", g["DBParameterGroupName"]) for g in own.get("DBParameterGroups", ())}
    if own.get("DBClusterIdentifier"):
        group = own_cluster(aws).get("DBClusterParameterGroup")
        groups |= {("cluster-pg", group)} if group else set()
    return instance_and_cluster(own) | groups
