from __future__ import annotations

import pytest

from rules.base import Severity, Subject
from rules.rds_posture import (
    copies,
    delete_snapshot,
    graded,
    holder,
    look,
    modify,
    region,
    snapshot_now,
    subject,
)
from tests.aws.rows import aurora, cluster, instance
from tests.rules.environments import CLUSTER_ARN, STAGING, UNSAID, Tags

(PLAIN,) = instance().rows
(MEMBER,) = aurora().rows


@pytest.mark.parametrize(
    ("tags", "severity"),
    [
        pytest.param((("Environment", "production"),), Severity.HIGH, id="production"),
        pytest.param(UNSAID, Severity.MEDIUM, id="nobody said"),
        pytest.param(STAGING, None, id="not production"),
    ],
)
def test_weight_follows_the_environment(tags: Tags, severity: Severity | None) -> None:
    assert graded(tags, Severity.HIGH) == severity


def test_information_gets_no_lower() -> None:
    assert graded(UNSAID, Severity.INFO) is Severity.INFO
    assert graded(STAGING, Severity.HIGH, elsewhere=Severity.LOW) is Severity.LOW


def test_an_instance_holds_its_own_volume() -> None:
    assert holder(PLAIN, None) is PLAIN
    assert subject(PLAIN) == Subject("instance", "orders-1")


def test_a_writer_stands_for_its_cluster() -> None:
    seen = cluster(arn=CLUSTER_ARN)
    (shop,) = seen.rows
    assert holder(MEMBER, seen) is shop
    assert subject(shop) == Subject("cluster", "shop")
    assert region(shop) == "eu-west-1"
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
