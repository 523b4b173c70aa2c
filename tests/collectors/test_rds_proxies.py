"""Answers are in the documented format, not recorded from AWS."""

from __future__ import annotations

import math
from typing import Any

import pytest

from collectors.rds.proxies import proxies
from collectors.session import MetricQuery, PermissionDenied
from tests.aws.fleets import orders, shop
from tests.aws.session import NOW, FakeAws

OF_ORDERS = {"RdsResourceId": "orders-1", "Type": "RDS_INSTANCE", "Port": 5432}
OF_SHOP = {"RdsResourceId": "shop", "Type": "TRACKED_CLUSTER", "Port": 5432}
POOL = {"MaxConnectionsPercent": 90, "MaxIdleConnectionsPercent": 50, "ConnectionBorrowTimeout": 30}


def proxy(name: str, **given: Any) -> dict[str, Any]:
    """A member of DescribeDBProxies."""
    return {
        "DBProxyName": name,
        "Status": "available",
        "EngineFamily": "POSTGRESQL",
        "RequireTLS": True,
        **given,
    }


def minutes(*values: float) -> tuple[tuple[float, float], ...]:
    return tuple((NOW - 60.0 * (len(values) - i), value) for i, value in enumerate(values))


def told(
    targets: dict[str, list[dict[str, Any]]], *found: dict[str, Any], **given: Any
) -> dict[str, Any]:
    """The proxies of the account, each with the targets it leads to."""
    pool = {"TargetGroupName": "default", "IsDefault": True, "ConnectionPoolConfig": POOL, **given}
    return {
        "rds:describe_db_proxies": {"DBProxies": list(found) or [proxy(n) for n in targets]},
        "rds:describe_db_proxy_targets": lambda asked: {"Targets": targets[asked["DBProxyName"]]},
        "rds:describe_db_proxy_target_groups": {"TargetGroups": [pool]},
    }


def test_a_proxy_and_its_pool() -> None:
    aws = FakeAws(
        {**orders(), **told({"front": [OF_ORDERS]})},
        series={
            "ClientConnections Sum": minutes(100, 110, 120),
            "DatabaseConnections Sum": minutes(10, 20),
            "DatabaseConnectionsCurrentlySessionPinned Sum": minutes(4),
            "DatabaseConnectionsBorrowLatency Average": minutes(1_000, 3_000),
        },
    )
    (found,) = proxies(aws).rows
    assert (found.proxy, found.status, found.requires_tls) == ("front", "available", True)
    assert (found.max_connections_ratio, found.borrow_timeout_seconds) == (0.9, 30)
    assert (found.client_connections, found.database_connections) == (110, 15)
    assert found.pinned_connections == 4
    assert found.borrow_latency_seconds == pytest.approx(0.002)


def test_what_cloudwatch_is_asked() -> None:
    aws = FakeAws({**orders(), **told({"front": [OF_ORDERS], "back": [OF_ORDERS]})})
    proxies(aws)
    wanted = [
        ("ClientConnections", "Sum"),
        ("DatabaseConnections", "Sum"),
        ("DatabaseConnectionsCurrentlySessionPinned", "Sum"),
        ("DatabaseConnectionsBorrowLatency", "Average"),
    ]
    assert aws.queried == [
        MetricQuery(*each, (("ProxyName", name),), "AWS/RDS")
        for name in ("front", "back")
        for each in wanted
    ]


@pytest.mark.parametrize(
    "points", [pytest.param((), id="no points"), pytest.param(minutes(math.nan), id="NaN")]
)
def test_no_data_point_is_not_zero(points: Any) -> None:
    series = {"DatabaseConnectionsCurrentlySessionPinned Sum": points}
    (found,) = proxies(FakeAws({**orders(), **told({"front": [OF_ORDERS]})}, series)).rows
    assert (found.client_connections, found.pinned_connections) == (None, None)
    assert (found.database_connections, found.borrow_latency_seconds) == (None, None)


@pytest.mark.parametrize(
    "target",
    [
        pytest.param(OF_SHOP, id="the cluster"),
        pytest.param(
            {"RdsResourceId": "shop-2", "TrackedClusterId": "shop", "Type": "RDS_INSTANCE"},
            id="another member of the cluster",
        ),
        pytest.param(
            {"TargetArn": "arn:aws:rds:eu-west-1:123456789012:db:shop-1"}, id="the ARN alone"
        ),
    ],
)
def test_a_proxy_of_our_cluster_is_ours(target: dict[str, Any]) -> None:
    aws = FakeAws({**shop(), **told({"front": [target]})}, instance="shop-1")
    assert [r.proxy for r in proxies(aws).rows] == ["front"]


@pytest.mark.parametrize(
    "target",
    [
        pytest.param({**OF_ORDERS, "RdsResourceId": "orders-2"}, id="another instance"),
        pytest.param({**OF_SHOP, "RdsResourceId": "orders-1"}, id="a cluster of our name"),
        pytest.param(
            {**OF_ORDERS, "TrackedClusterId": "orders"}, id="our name, in another cluster"
        ),
        pytest.param({"Type": "RDS_INSTANCE"}, id="nothing is told"),
    ],
)
def test_a_proxy_of_others_is_not_ours(target: dict[str, Any]) -> None:
    aws = FakeAws({**orders(), **told({"front": [target]})})
    assert proxies(aws).rows == ()
    assert aws.queried == []
    assert "rds:describe_db_proxy_target_groups" not in [name for name, _ in aws.asked]


def test_without_a_proxy_cloudwatch_is_not_asked() -> None:
    aws = FakeAws({**orders(), **told({})})
    assert proxies(aws).rows == ()
    assert aws.queried == []


@pytest.mark.parametrize("status", ["creating", "deleting"])
def test_targets_that_aws_refuses_to_tell_are_not_asked(status: str) -> None:
    found = [proxy("new", Status=status), proxy("front", Status="suspended")]
    aws = FakeAws({**orders(), **told({"front": [OF_ORDERS]}, *found)})
    assert [(r.proxy, r.status) for r in proxies(aws).rows] == [("front", "suspended")]


def test_what_aws_does_not_tell_is_unknown() -> None:
    answers = {
        **orders(),
        **told({"front": [OF_ORDERS]}, {"DBProxyName": "front"}),
        "rds:describe_db_proxy_target_groups": {},
    }
    (found,) = proxies(FakeAws(answers)).rows
    assert (found.status, found.requires_tls) == ("", None)
    assert (found.max_connections_ratio, found.borrow_timeout_seconds) == (None, None)


def test_all_pages_are_read() -> None:
    answers: dict[str, Any] = {
        **orders(),
        "rds:describe_db_proxies": [
            {"DBProxies": [proxy("back")], "Marker": "2"},
            {"DBProxies": [proxy("front")]},
        ],
        "rds:describe_db_proxy_targets": lambda asked: (
            [{"Targets": [OF_SHOP], "Marker": "2"}, {"Targets": [OF_ORDERS]}]
            if asked["DBProxyName"] == "front"
            else {"Targets": []}
        ),
        "rds:describe_db_proxy_target_groups": [
            {"TargetGroups": [{"TargetGroupName": "old", "IsDefault": False}], "Marker": "2"},
            {"TargetGroups": [{"IsDefault": True, "ConnectionPoolConfig": POOL}]},
        ],
    }
    aws = FakeAws(answers)
    (found,) = proxies(aws).rows
    assert (found.proxy, found.max_connections_ratio) == ("front", 0.9)
    assert [about for about in aws.asked if "prox" in about[0]] == [
        ("rds:describe_db_proxies", {}),
        ("rds:describe_db_proxy_targets", {"DBProxyName": "back"}),
        ("rds:describe_db_proxy_targets", {"DBProxyName": "front"}),
        ("rds:describe_db_proxy_target_groups", {"DBProxyName": "front"}),
    ]


@pytest.mark.parametrize(
    "denied",
    [
        "rds:describe_db_proxies",
        "rds:describe_db_proxy_targets",
        "rds:describe_db_proxy_target_groups",
    ],
)
def test_a_denied_action_passes_through(denied: str) -> None:
    answers = {**orders(), **told({"front": [OF_ORDERS]}), denied: PermissionDenied(denied)}
    with pytest.raises(PermissionDenied, match=denied):
        proxies(FakeAws(answers))
