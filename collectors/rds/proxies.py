"""RDS Proxies in front of the instance or its cluster, and how their pools do."""

from __future__ import annotations

from datetime import timedelta

from collectors.base import collector
from collectors.fields import gauge, label, note, row
from collectors.rds.needs import Action
from collectors.session import AwsSession
from collectors.snapshot import Snapshot


@row(noun="rds_proxy")
class Proxy:
    """Figures are of the last five minutes; None where CloudWatch has no data point."""

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
    Action("cloudwatch:GetMetricData"),
    every=timedelta(minutes=5),
)
def proxies(aws: AwsSession) -> Snapshot[Proxy]:
    raise NotImplementedError
