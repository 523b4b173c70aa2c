"""RDS Proxies in front of the instance or its cluster, and how their pools do."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import timedelta
from statistics import fmean
from typing import Any

from collectors.base import collector
from collectors.fields import gauge, label, note, row
from collectors.rds.instance import Instance, described
from collectors.rds.needs import Action
from collectors.session import AwsSession, MetricQuery, Points
from collectors.snapshot import Snapshot

_LIST_SECONDS = 290.0
_PARTS_SECONDS = 890.0
# AWS refuses to tell the targets of these (InvalidDBProxyState).
_UNASKABLE = ("creating", "deleting")
# Each node of a proxy counts its own connections, once a minute.
_MINUTE_SECONDS, _SPAN_SECONDS = 60, 300
_CLIENTS = ("ClientConnections", "Sum")
_DATABASE = ("DatabaseConnections", "Sum")
_PINNED = ("DatabaseConnectionsCurrentlySessionPinned", "Sum")
_BORROW_MICROSECONDS = ("DatabaseConnectionsBorrowLatency", "Average")


@row(noun="rds_proxy")
class Proxy:
    """Figures are means of the last five minutes; None where CloudWatch has no data point."""

    proxy: str = label("Its name.")
    status: str = note()
    requires_tls: bool | None = note()
    max_connections_ratio: float | None = gauge("Share of max_connections its pool may take.")
    borrow_timeout_seconds: int | None = note()
    client_connections: float | None = gauge("Connections of clients.")
    database_connections: float | None = gauge("Connections to the database.")
    pinned_connections: float | None = gauge("Of them, bound to one client.")
    borrow_latency_seconds: float | None = gauge("Time to get a connection.")


@collector(
    Action("rds:DescribeDBProxies"),
    Action("rds:DescribeDBProxyTargets"),
    Action("rds:DescribeDBProxyTargetGroups"),
    Action("rds:DescribeDBInstances"),
    Action("rds:DescribeDBClusters"),
    Action("cloudwatch:GetMetricData"),
    every=timedelta(minutes=5),
)
def proxies(aws: AwsSession) -> Snapshot[Proxy]:
    own = described(aws)
    found = aws.pages("rds", "describe_db_proxies", "DBProxies", fresh_seconds=_LIST_SECONDS)
    ours = [p for p in found if p.get("Status") not in _UNASKABLE and _leads_to(aws, p, own)]
    figures = _figures(aws, [p["DBProxyName"] for p in ours])
    return Snapshot(aws.now(), tuple(_proxy_of(p, _pool(aws, p), figures) for p in ours))


def _leads_to(aws: AwsSession, proxy: Mapping[str, Any], own: Instance) -> bool:
    targets = aws.pages(
        "rds",
        "describe_db_proxy_targets",
        "Targets",
        fresh_seconds=_PARTS_SECONDS,
        DBProxyName=proxy["DBProxyName"],
    )
    return any(_is_ours(t, own) for t in targets)


def _is_ours(target: Mapping[str, Any], own: Instance) -> bool:
    """A target is an instance, or a cluster; the members of a cluster name it."""
    if target.get("TargetArn") == own.arn:
        return True
    name = target.get("RdsResourceId")
    if target.get("Type") == "TRACKED_CLUSTER":
        return own.cluster is not None and name == own.cluster
    tracked = target.get("TrackedClusterId")
    return tracked == own.cluster if tracked else name == own.identifier


def _pool(aws: AwsSession, proxy: Mapping[str, Any]) -> Mapping[str, Any]:
    """How its one target group pools connections."""
    groups = aws.pages(
        "rds",
        "describe_db_proxy_target_groups",
        "TargetGroups",
        fresh_seconds=_PARTS_SECONDS,
        DBProxyName=proxy["DBProxyName"],
    )
    first = min(groups, key=lambda g: not g.get("IsDefault", False), default={})
    pool: Mapping[str, Any] = first.get("ConnectionPoolConfig", {})
    return pool


def _figures(aws: AwsSession, names: list[str]) -> Mapping[MetricQuery, Points]:
    wanted = (_CLIENTS, _DATABASE, _PINNED, _BORROW_MICROSECONDS)
    queries = [_query(name, metric) for name in names for metric in wanted]
    return aws.metrics(queries, period_seconds=_MINUTE_SECONDS, span_seconds=_SPAN_SECONDS)


def _query(name: str, metric: tuple[str, str]) -> MetricQuery:
    return MetricQuery(*metric, (("ProxyName", name),))


def _proxy_of(
    found: Mapping[str, Any], pool: Mapping[str, Any], figures: Mapping[MetricQuery, Points]
) -> Proxy:
    def mean(metric: tuple[str, str], unit: float = 1.0) -> float | None:
        points = figures.get(_query(found["DBProxyName"], metric), ())
        values = [value for _, value in points if math.isfinite(value)]
        return fmean(values) * unit if values else None

    percent = pool.get("MaxConnectionsPercent")
    return Proxy(
        proxy=found["DBProxyName"],
        status=found.get("Status", ""),
        requires_tls=found.get("RequireTLS"),
        max_connections_ratio=None if percent is None else percent / 100,
        borrow_timeout_seconds=pool.get("ConnectionBorrowTimeout"),
        client_connections=mean(_CLIENTS),
        database_connections=mean(_DATABASE),
        pinned_connections=mean(_PINNED),
        borrow_latency_seconds=mean(_BORROW_MICROSECONDS, 1e-6),
    )
