from __future__ import annotations

import pytest

from rules.base import Subject
from rules.rds_holder import (
    add_member,
    copies,
    delete_snapshot,
    events_of,
    holder,
    look,
    modify,
    snapshot_now,
    subject,
)
from tests.aws.rows import aurora, cluster, instance
from tests.rules.environments import CLUSTER_ARN

(PLAIN,) = instance().rows
(MEMBER,) = aurora().rows


def test_an_instance_holds_its_own_volume() -> None:
    assert holder(PLAIN, None) is PLAIN
    assert subject(PLAIN) == Subject("instance", "orders-1")


def test_a_writer_stands_for_its_cluster() -> None:
    seen = cluster(arn=CLUSTER_ARN)
    (shop,) = seen.rows
    assert holder(MEMBER, seen) is shop
    assert subject(shop) == Subject("cluster", "shop")
    assert modify(shop, "--deletion-protection") == (
        "aws rds modify-db-cluster --db-cluster-identifier shop --region eu-west-1 "
        "--deletion-protection --apply-immediately"
    )


def test_readers_and_clusters_that_are_not_known_are_told_of_elsewhere() -> None:
    assert holder(MEMBER, cluster(here=False)) is None
    assert holder(MEMBER, None) is None


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, False),
        ({"role": "replica"}, True),
        ({"replica_source": "main-cluster"}, True),
    ],
)
def test_copies(given: dict[str, str], expected: bool) -> None:
    (found,) = instance(**given).rows
    assert copies(found) is expected


def test_commands_name_the_region() -> None:
    (shop,) = cluster(arn=CLUSTER_ARN).rows
    assert look(PLAIN, "MultiAZ") == (
        "aws rds describe-db-instances --db-instance-identifier orders-1 --region eu-west-1 "
        "--query 'DBInstances[0].MultiAZ'"
    )
    assert look(shop, "Status").startswith("aws rds describe-db-clusters --db-cluster-identifier")
    assert snapshot_now(PLAIN, "now") == (
        "aws rds create-db-snapshot --db-instance-identifier orders-1 "
        "--db-snapshot-identifier orders-1-now --region eu-west-1"
    )
    assert snapshot_now(shop, "now") == (
        "aws rds create-db-cluster-snapshot --db-cluster-identifier shop "
        "--db-cluster-snapshot-identifier shop-now --region eu-west-1"
    )
    assert delete_snapshot(shop, "now") == (
        "aws rds delete-db-cluster-snapshot --db-cluster-snapshot-identifier shop-now "
        "--region eu-west-1"
    )
    assert delete_snapshot(PLAIN, "now").startswith("aws rds delete-db-snapshot --db-snapshot-id")
    assert events_of(shop, 60) == (
        "aws rds describe-events --source-type db-cluster --source-identifier shop --duration 60 "
        "--region eu-west-1"
    )
    assert add_member("shop", "shop-3", MEMBER) == (
        "aws rds create-db-instance --db-instance-identifier shop-3 --db-cluster-identifier shop "
        "--engine aurora-postgresql --db-instance-class db.r7g.large --region eu-west-1"
    )
