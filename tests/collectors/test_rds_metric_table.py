"""Units and statistics, against what AWS documents of its metrics."""

from __future__ import annotations

from typing import Any

import pytest

from collectors.fields import names
from collectors.rds.cloudwatch import CloudWatch
from collectors.rds.metric_table import HOURS, MINUTES, Metric, Table
from collectors.rds.usage import UsedHour

PLAIN = "Average Minimum Maximum"
LATENCY = "Average Minimum Maximum p90"
COUNTED = "Average Minimum Maximum Sum"
# Unit and statistics by AWS's pages of its metrics; where a page names none, all are offered.
DOCUMENTED = {
    "ACUUtilization": ("Percentage", PLAIN),
    "AuroraGlobalDBReplicationLag": ("Milliseconds", PLAIN),
    "AuroraGlobalDBRPOLag": ("Milliseconds", PLAIN),
    "AuroraMemoryHealthState": ("Gauge", PLAIN),
    "AuroraReplicaLag": ("Milliseconds", PLAIN),
    "AuroraReplicaLagMaximum": ("Milliseconds", PLAIN),
    "AuroraVolumeBytesLeftTotal": ("Bytes", PLAIN),
    "BlockedTransactions": ("Count per second", PLAIN),
    "BufferCacheHitRatio": ("Percentage", PLAIN),
    "BurstBalance": ("Percentage", PLAIN),
    "CommitLatency": ("Milliseconds", LATENCY),
    "CPUCreditBalance": ("Credits", COUNTED),
    "CPUSurplusCreditsCharged": ("Credits", COUNTED),
    "CPUUtilization": ("Percentage", PLAIN),
    "DatabaseConnections": ("Count", PLAIN),
    "DBLoad": ("Sessions", "Average Maximum"),
    "DBLoadCPU": ("Sessions", "Average Maximum"),
    "Deadlocks": ("Count per second", COUNTED),
    "DiskQueueDepth": ("Count", COUNTED),
    "EBSByteBalance%": ("Percentage", PLAIN),
    "EBSIOBalance%": ("Percentage", PLAIN),
    "FreeableMemory": ("Bytes", PLAIN),
    "FreeLocalStorage": ("Bytes", PLAIN),
    "FreeStorageSpace": ("Bytes", PLAIN),
    "MaximumUsedTransactionIDs": ("Count", "Average Maximum"),
    "OldestReplicationSlotLag": ("Bytes", PLAIN),
    "Queries": ("Count per second", COUNTED),
    "ReadIOPS": ("Count per second", COUNTED),
    "ReadLatency": ("Seconds", LATENCY),
    "ReadThroughput": ("Bytes per second", COUNTED),
    "ReplicaLag": ("Seconds", PLAIN),
    "ReplicationSlotDiskUsage": ("Bytes", "Average Maximum"),
    "RollbackSegmentHistoryListLength": ("Count", PLAIN),
    "ServerlessDatabaseCapacity": ("Count", PLAIN),
    "SwapUsage": ("Bytes", "Average Maximum"),
    "TransactionLogsDiskUsage": ("Bytes", "Average Maximum"),
    "VolumeBytesUsed": ("Bytes", PLAIN),
    "VolumeReadIOPs": ("Count per 5 minutes", COUNTED),
    "VolumeWriteIOPs": ("Count per 5 minutes", COUNTED),
    "WriteIOPS": ("Count per second", COUNTED),
    "WriteLatency": ("Seconds", LATENCY),
    "WriteThroughput": ("Bytes per second", COUNTED),
}
# How many of the documented unit are one of ours, and how the names of our fields end.
OURS = {
    "Percentage": (100.0, "_ratio"),
    "Milliseconds": (1000.0, "_seconds"),
    "Seconds": (1.0, "_seconds"),
    "Bytes": (1.0, "_bytes"),
    "Bytes per second": (1.0, "_bytes_per_second"),
    "Count per second": (1.0, "_per_second"),
    "Count per 5 minutes": (300.0, "_per_second"),
    "Count": (1.0, ""),
    "Credits": (1.0, ""),
    "Sessions": (1.0, "_sessions"),
}
EVERY = [m for table in (MINUTES, HOURS) for m in table.metrics]


def _id(metric: Metric) -> str:
    return f"{metric.field} of {metric.name} {metric.statistic}"


@pytest.mark.parametrize("metric", [m for m in EVERY if m.state is None], ids=_id)
def test_the_unit_is_the_documented_one(metric: Metric) -> None:
    unit, _ = DOCUMENTED[metric.name]
    if metric.statistic == "Sum":  # of counts "per 5 minutes": the count of the whole hour
        assert (unit, metric.to_unit) == ("Count per 5 minutes", 1.0)
        return
    to_unit, ending = OURS[unit]
    assert metric.to_unit == to_unit
    assert metric.field.endswith(ending)


@pytest.mark.parametrize("metric", EVERY, ids=_id)
def test_the_statistic_is_offered(metric: Metric) -> None:
    assert metric.statistic in DOCUMENTED[metric.name][1].split()


@pytest.mark.parametrize(("table", "row"), [(MINUTES, CloudWatch), (HOURS, UsedHour)])
def test_every_gauge_has_its_metric(table: Table, row: type[Any]) -> None:
    assert {m.field for m in table.metrics} == set(names(row, "gauge"))


@pytest.mark.parametrize(
    ("field", "statistic"),
    [
        ("free_storage_bytes", "Minimum"),
        ("replica_lag_seconds", "Maximum"),
        ("replica_stopped", "Maximum"),
        ("aurora_replica_lag_seconds", "Maximum"),
        ("aurora_replica_lag_max_seconds", "Maximum"),
        ("read_latency_p90_seconds", "p90"),
        ("write_latency_p90_seconds", "p90"),
        ("memory_reserved", "Maximum"),
    ],
)
def test_what_is_no_average_of_a_minute(field: str, statistic: str) -> None:
    assert {m.statistic for m in MINUTES.metrics if m.field == field} == {statistic}
