"""An account of AWS in one region: instances, clusters and what their services tell of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from collectors.rds.classes import shipped
from tests.aws.insights import Database, handlers
from tests.aws.service import FakeService, Handler

# The value of a metric in a minute: of the instance (or cluster), the metric and the moment.
Values = Callable[[str, str, float], float | None]

_EMPTY = {
    "rds:describe_global_clusters": "GlobalClusters",
    "rds:describe_events": "Events",
    "rds:describe_pending_maintenance_actions": "PendingMaintenanceActions",
    "rds:describe_db_recommendations": "DBRecommendations",
    "rds:describe_db_major_engine_versions": "DBMajorEngineVersions",
    "rds:describe_reserved_db_instances": "ReservedDBInstances",
    "rds:describe_reserved_db_instances_offerings": "ReservedDBInstancesOfferings",
    "rds:describe_db_proxies": "DBProxies",
    "rds:describe_db_parameters": "Parameters",
    "rds:describe_db_cluster_parameters": "Parameters",
    "cloudwatch:describe_alarms": "MetricAlarms",
    "ec2:describe_security_group_rules": "SecurityGroupRules",
    "logs:get_log_events": "events",
    "pricing:get_products": "PriceList",
}
_PLAIN = {
    "CPUUtilization": 20.0,
    "FreeableMemory": 6.0 * 2**30,
    "FreeStorageSpace": 120.0 * 2**30,
    "DatabaseConnections": 20.0,
    "ReadIOPS": 100.0,
    "WriteIOPS": 50.0,
    "ReadLatency": 0.001,
    "WriteLatency": 0.001,
}


class World(FakeService):
    """Healthy unless told otherwise; `values` may be changed while it is served."""

    def __init__(
        self,
        instances: Sequence[Mapping[str, Any]] = (),
        clusters: Sequence[Mapping[str, Any]] = (),
        databases: Mapping[str, Database] | None = None,
    ) -> None:
        super().__init__()
        self.instances = list(instances)
        self.clusters = list(clusters)
        self.values: Values = lambda _, metric, __: _PLAIN.get(metric)
        for key, of in _EMPTY.items():
            self.handlers[key] = _always({of: []})
        self.handlers |= handlers(databases or {}, time.time)
        self.handlers["rds:describe_db_instances"] = self._instances
        self.handlers["rds:describe_db_clusters"] = lambda _: {"DBClusters": self.clusters}
        self.handlers["ec2:describe_instance_types"] = _types
        self.handlers["cloudwatch:get_metric_data"] = self._metrics

    def _instances(self, given: dict[str, Any]) -> dict[str, Any]:
        """A hundred a page, as RDS gives them."""
        start = int(given.get("Marker", "0"))
        page = {"DBInstances": self.instances[start : start + 100]}
        more = {"Marker": str(start + 100)} if start + 100 < len(self.instances) else {}
        return {**page, **more}

    def _metrics(self, given: dict[str, Any]) -> dict[str, Any]:
        start, end = given["StartTime"].timestamp(), given["EndTime"].timestamp()
        return {
            "MetricDataResults": [self._series(q, start, end) for q in given["MetricDataQueries"]]
        }

    def _series(self, query: dict[str, Any], start: float, end: float) -> dict[str, Any]:
        metric, period = query["MetricStat"]["Metric"], query["MetricStat"]["Period"]
        about = ",".join(d["Value"] for d in metric["Dimensions"])
        times = [start + period * i for i in range(int((end - start) // period))]
        told = [
            (t, v) for t in times if (v := self.values(about, metric["MetricName"], t)) is not None
        ]
        return {
            "Id": query["Id"],
            "Label": metric["MetricName"],
            "Timestamps": [datetime.fromtimestamp(t, UTC) for t, _ in told],
            "Values": [v for _, v in told],
            "StatusCode": "Complete",
        }


def _always(answer: Mapping[str, Any]) -> Handler:
    return lambda _: answer


def _types(given: dict[str, Any]) -> dict[str, Any]:
    """EC2 knows every class that the table knows."""
    (name,) = given["InstanceTypes"]
    size = shipped(f"db.{name}")
    assert size
    return {
        "InstanceTypes": [
            {
                "InstanceType": name,
                "VCpuInfo": {"DefaultVCpus": size.vcpus},
                "MemoryInfo": {"SizeInMiB": size.memory_bytes // 2**20},
                "EbsInfo": {
                    "EbsOptimizedInfo": {
                        "BaselineIops": 3600,
                        "MaximumIops": 20000,
                        "BaselineThroughputInMBps": 81.25,
                        "MaximumThroughputInMBps": 1250.0,
                    }
                },
            }
        ]
    }
