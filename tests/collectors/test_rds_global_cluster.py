"""Answers are in the documented format, not recorded from AWS."""

from __future__ import annotations

from typing import Any

import pytest

from collectors.rds.global_cluster import GlobalCluster, Region, global_cluster
from collectors.session import NotOffered, PermissionDenied
from tests.aws.fleets import orders, shop
from tests.aws.session import FakeAws

HERE = "arn:aws:rds:eu-west-1:123456789012:cluster:shop"
THERE = "arn:aws:rds:us-east-1:123456789012:cluster:shop-us"
FAR = "arn:aws:rds:ap-south-1:123456789012:cluster:shop-in"


def member(arn: str, *, writer: bool = False, **given: Any) -> dict[str, Any]:
    return {
        "DBClusterArn": arn,
        "Readers": [],
        "IsWriter": writer,
        "SynchronizationStatus": "connected",
        **given,
    }


def world(*members: dict[str, Any], **given: Any) -> dict[str, Any]:
    """A member of DescribeGlobalClusters."""
    found = members or (member(HERE, writer=True, Readers=[THERE]), member(THERE))
    return {
        "GlobalClusterIdentifier": "shop-world",
        "Status": "available",
        "Engine": "aurora-postgresql",
        "GlobalClusterMembers": list(found),
        **given,
    }


def asked(*pages: dict[str, Any], instance: str = "shop-1") -> FakeAws:
    answers: Any = {**shop(), "rds:describe_global_clusters": pages}
    return FakeAws(answers, instance=instance, cluster="shop")


def seen(*members: dict[str, Any], **given: Any) -> GlobalCluster:
    (found,) = global_cluster(asked({"GlobalClusters": [world(*members, **given)]})).rows
    return found


def test_two_regions_seen_from_the_one_that_writes() -> None:
    found = seen()
    assert (found.global_cluster, found.status) == ("shop-world", "available")
    assert (found.ours, found.writes_here, found.spanned_regions) == ("eu-west-1", True, 2)
    assert found.regions == (
        Region("eu-west-1", "shop", writer=True, in_step="connected"),
        Region("us-east-1", "shop-us", writer=False, in_step="connected"),
    )
    assert found.moving == ""


def test_seen_from_a_region_that_follows() -> None:
    found = seen(
        member(FAR, SynchronizationStatus="pending-resync"),
        member(HERE),
        member(THERE, writer=True, Readers=[FAR, HERE]),
    )
    assert (found.ours, found.writes_here, found.spanned_regions) == ("eu-west-1", False, 3)
    assert [(r.region, r.writer, r.in_step) for r in found.regions] == [
        ("us-east-1", True, "connected"),
        ("ap-south-1", False, "pending-resync"),
        ("eu-west-1", False, "connected"),
    ]


def test_a_reader_that_is_only_named_by_its_writer() -> None:
    found = seen(member(HERE, writer=True, Readers=[THERE]))
    assert found.regions[1] == Region("us-east-1", "shop-us", writer=False, in_step=None)


def test_a_cluster_only_named_by_its_writer_is_ours_too() -> None:
    found = seen(member(THERE, writer=True, Readers=[HERE]))
    assert (found.ours, found.writes_here, found.spanned_regions) == ("eu-west-1", False, 2)


def test_what_aws_does_not_tell() -> None:
    found = seen({"DBClusterArn": HERE})
    assert found.regions == (Region("eu-west-1", "shop", writer=False, in_step=None),)
    assert found.writes_here is False


@pytest.mark.parametrize(
    ("state", "moving"),
    [
        pytest.param({}, "", id="nothing is under way"),
        pytest.param(
            {"Status": "pending", "FromDbClusterArn": HERE, "ToDbClusterArn": THERE},
            "switchover from eu-west-1 to us-east-1: pending",
            id="a switchover",
        ),
        pytest.param(
            {
                "Status": "failing-over",
                "FromDbClusterArn": HERE,
                "ToDbClusterArn": THERE,
                "IsDataLossAllowed": True,
            },
            "failover from eu-west-1 to us-east-1: failing-over",
            id="a failover that may lose data",
        ),
        pytest.param({"Status": "cancelling"}, "switchover: cancelling", id="without its ways"),
    ],
)
def test_what_is_under_way(state: dict[str, Any], moving: str) -> None:
    assert seen(FailoverState=state).moving == moving


@pytest.mark.parametrize(
    "told",
    [
        pytest.param([], id="there are none"),
        pytest.param([world(member(FAR, writer=True))], id="others' clusters"),
        pytest.param([{"GlobalClusterIdentifier": "new"}], id="without members"),
    ],
)
def test_a_cluster_in_no_global_database(told: list[dict[str, Any]]) -> None:
    assert global_cluster(asked({"GlobalClusters": told})).rows == ()


def test_all_pages_are_read_and_nobody_is_singled_out() -> None:
    other = world(member(FAR, writer=True), GlobalClusterIdentifier="other")
    aws = asked({"GlobalClusters": [other], "Marker": "2"}, {"GlobalClusters": [world()]})
    assert [r.global_cluster for r in global_cluster(aws).rows] == ["shop-world"]
    assert aws.asked == [("rds:describe_db_clusters", {}), ("rds:describe_global_clusters", {})]


def test_an_instance_without_a_cluster() -> None:
    with pytest.raises(NotOffered, match="not a member of a cluster"):
        global_cluster(FakeAws(orders()))


def test_a_denied_action_passes_through() -> None:
    denied = PermissionDenied("needs the IAM action rds:DescribeGlobalClusters")
    aws = FakeAws({**shop(), "rds:describe_global_clusters": denied}, instance="shop-1")
    with pytest.raises(PermissionDenied, match="DescribeGlobalClusters"):
        global_cluster(aws)
