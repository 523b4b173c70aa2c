"""Answers are in the documented format, not recorded from AWS."""

from __future__ import annotations

from dataclasses import astuple
from typing import Any

import pytest

from collectors.rds.cluster import Cluster, cluster
from collectors.session import NotOffered, PermissionDenied
from tests.aws.fleets import fleet, orders, shop
from tests.aws.session import NOW, FakeAws
from tests.aws.shapes import aurora_member, db_cluster, db_instance


def seen(answers: Any, instance: str = "shop-1") -> Cluster:
    (found,) = cluster(FakeAws(answers, instance=instance, cluster="shop")).rows
    return found


def test_a_cluster_of_aurora() -> None:
    found = seen(shop())
    assert (found.cluster, found.resource_id) == ("shop", "cluster-SHOP")
    assert found.arn == "arn:aws:rds:eu-west-1:123456789012:cluster:shop"
    assert (found.engine, found.engine_version) == ("aurora-postgresql", "16.6")
    assert found.status == "available"
    assert found.zones == ("eu-west-1a", "eu-west-1b", "eu-west-1c")
    assert (found.backup_retention_days, found.latest_restorable_at) == (14, NOW - 240)
    assert (found.encrypted, found.deletion_protection, found.iam_authentication) == (True,) * 3
    assert found.parameter_group == "shop-cluster-apg16"
    assert found.tags == (("environment", "production"),)
    assert not found.serverless


def test_members_are_joined_with_the_fleet() -> None:
    found = seen(shop())
    assert [astuple(m) for m in found.members] == [
        ("shop-1", True, 1, "in-sync", "db.r7g.large", "eu-west-1a", "available"),
        ("shop-2", False, 1, "in-sync", "db.r7g.xlarge", "eu-west-1b", "available"),
    ]
    assert found.member_count == 2


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ("StorageEncrypted", "encrypted"),
        ("DeletionProtection", "deletion_protection"),
        ("IAMDatabaseAuthenticationEnabled", "iam_authentication"),
    ],
)
def test_what_protects_it(told: str, field: str) -> None:
    fields = ("encrypted", "deletion_protection", "iam_authentication")
    found = seen(shop(**{told: False}))
    assert [name for name in fields if getattr(found, name) is False] == [field]


@pytest.mark.parametrize(("instance", "here"), [("shop-1", True), ("shop-2", False)])
def test_the_writer_is_here(instance: str, here: bool) -> None:
    found = seen(shop(), instance)
    assert (found.cluster, found.here) == ("shop", here)


def test_a_member_the_fleet_does_not_show_yet_is_kept() -> None:
    answers = fleet(aurora_member("shop-1"), clusters=(db_cluster("shop", "shop-1", "shop-3"),))
    _, new = seen(answers).members
    assert (new.identifier, new.instance_class, new.zone, new.status) == ("shop-3", "", "", "")


def test_capacity_of_a_serverless_cluster_that_pauses() -> None:
    capacity = {"MinCapacity": 0.0, "MaxCapacity": 32.0, "SecondsUntilAutoPause": 300}
    found = seen(shop(ServerlessV2ScalingConfiguration=capacity))
    assert (found.min_acu, found.max_acu, found.pause_after_seconds) == (0.0, 32.0, 300)
    assert found.serverless


def test_capacity_of_a_serverless_cluster_that_does_not_pause() -> None:
    found = seen(shop(ServerlessV2ScalingConfiguration={"MinCapacity": 0.5, "MaxCapacity": 8.0}))
    assert (found.min_acu, found.max_acu, found.pause_after_seconds) == (0.5, 8.0, None)


@pytest.mark.parametrize(
    ("given", "storage"),
    [
        pytest.param({}, "aurora", id="Aurora does not name its standard storage"),
        pytest.param({"StorageType": "aurora-iopt1"}, "aurora-iopt1", id="I/O-Optimized"),
        pytest.param({"Engine": "postgres", "StorageType": "io2"}, "io2", id="Multi-AZ cluster"),
        pytest.param({"Engine": "mysql"}, "", id="not told"),
    ],
)
def test_storage(given: dict[str, Any], storage: str) -> None:
    assert seen(shop(**given)).storage_type == storage


@pytest.mark.parametrize(
    ("status", "forwards"),
    [
        ("enabled", True),
        ("disabling", True),
        ("disabled", False),
        ("enabling", False),
        ("unknown", None),
    ],
)
def test_global_write_forwarding(status: str, forwards: bool | None) -> None:
    found = seen(shop(GlobalWriteForwardingStatus=status))
    assert found.global_write_forwarding is forwards


def test_what_aws_does_not_tell_is_unknown() -> None:
    bare = {
        "DBClusterIdentifier": "shop",
        "Engine": "aurora-mysql",
        "DBClusterMembers": [{"DBInstanceIdentifier": "shop-1"}],
    }
    found = seen(fleet(aurora_member("shop-1"), clusters=(bare,)))
    assert (found.backup_retention_days, found.latest_restorable_at) == (None, None)
    assert (found.encrypted, found.deletion_protection, found.iam_authentication) == (None,) * 3
    assert (found.min_acu, found.max_acu, found.global_write_forwarding) == (None, None, None)
    assert (found.here, found.members[0].tier, found.members[0].group_status) == (False, None, "")
    assert (found.zones, found.tags) == ((), ())


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param(orders(), id="there are no clusters"),
        pytest.param(
            fleet(db_instance(), clusters=(db_cluster("shop", "shop-1"),)), id="others' clusters"
        ),
        pytest.param(fleet(db_instance(), clusters=(db_cluster("new"),)), id="without members"),
    ],
)
def test_an_instance_without_a_cluster(answers: Any) -> None:
    with pytest.raises(NotOffered, match="orders-1 is not a member of a cluster"):
        cluster(FakeAws(answers))


def test_all_pages_are_read_and_nobody_is_singled_out() -> None:
    answers: dict[str, Any] = {
        "rds:describe_db_instances": [
            {"DBInstances": [aurora_member("shop-1")], "Marker": "2"},
            {"DBInstances": [aurora_member("shop-2", AvailabilityZone="eu-west-1b")]},
        ],
        "rds:describe_db_clusters": [
            {"DBClusters": [db_cluster("cart", "cart-1")], "Marker": "2"},
            {"DBClusters": [db_cluster("shop", "shop-1", "shop-2")]},
        ],
    }
    aws = FakeAws(answers, instance="shop-2")
    (found,) = cluster(aws).rows
    assert [m.zone for m in found.members] == ["eu-west-1a", "eu-west-1b"]
    assert aws.asked == [("rds:describe_db_clusters", {}), ("rds:describe_db_instances", {})]


@pytest.mark.parametrize("denied", ["rds:describe_db_clusters", "rds:describe_db_instances"])
def test_a_denied_action_passes_through(denied: str) -> None:
    with pytest.raises(PermissionDenied, match=denied):
        seen({**shop(), denied: PermissionDenied(denied)})


def test_what_it_needs() -> None:
    in_cluster = FakeAws(cluster="shop").server
    assert cluster.unmet(in_cluster) == []
    assert cluster.unmet(FakeAws().server) == ["the instance is not a member of a cluster"]
