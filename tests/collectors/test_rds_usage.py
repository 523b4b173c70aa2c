"""Fixtures are in the documented format, none was recorded from AWS."""

from __future__ import annotations

import math
from typing import Any

import pytest

from collectors.fields import names
from collectors.rds.usage import UsedHour, usage
from collectors.session import MetricQuery, NotOffered, PermissionDenied
from tests.aws.kinds import aurora, rds
from tests.aws.session import NOW, FakeAws

HOUR = NOW // 3600 * 3600 - 3600


def last(aws: FakeAws, series: dict[str, float]) -> dict[str, Any]:
    """What is told of an hour in which each series has this value."""
    aws.series = {name: ((HOUR, value),) for name, value in series.items()}
    (row,) = usage(aws).rows
    assert row.at == HOUR
    return {n: v for n in names(UsedHour, "gauge") if (v := getattr(row, n)) is not None}


def test_two_statistics_of_one_metric() -> None:
    told = last(
        rds(),
        {
            "CPUUtilization Average": 12.0,
            "CPUUtilization Maximum": 97.0,
            "DatabaseConnections Maximum": 80.0,
            "FreeableMemory Minimum": 1e9,
            "FreeStorageSpace Minimum": 5e9,
            "DBLoad Average": 0.5,
            "DBLoadCPU Average": 0.25,
        },
    )
    assert told == {
        "cpu_ratio": 0.12,
        "cpu_max_ratio": 0.97,
        "connections_max": 80.0,
        "freeable_memory_min_bytes": 1e9,
        "free_storage_min_bytes": 5e9,
        "load_sessions": 0.5,
        "load_cpu_sessions": 0.25,
    }


@pytest.mark.parametrize(
    ("reads", "writes", "most"),
    [(300.0, 200.0, 500.0), (0.0, 5.0, 5.0), (300.0, None, None), (300.0, math.nan, None)],
    ids=["both", "zero is a value", "writes not told", "writes are NaN"],
)
def test_the_most_of_reads_and_writes_are_added(
    reads: float, writes: float | None, most: float | None
) -> None:
    series = {"ReadIOPS Maximum": reads, "CPUUtilization Average": 1.0}
    told = last(rds(), series if writes is None else {**series, "WriteIOPS Maximum": writes})
    assert told.get("operations_max_per_second") == most


def test_a_serverless_writer_of_aurora_mysql() -> None:
    aws = aurora("aurora-mysql", DBInstanceClass="db.serverless")
    told = last(
        aws,
        {
            "ServerlessDatabaseCapacity Average": 2.5,
            "ServerlessDatabaseCapacity Maximum": 8.0,
            "ACUUtilization Maximum": 50.0,
            "VolumeBytesUsed Average": 7e10,
            "VolumeReadIOPs Sum": 7200.0,
            "VolumeWriteIOPs Sum": 800.0,
            "Queries Average": 410.0,
        },
    )
    assert told == {
        "acu": 2.5,
        "acu_max": 8.0,
        "acu_max_ratio": 0.5,
        "volume_used_bytes": 7e10,
        "volume_operations": 8000.0,
        "queries_per_second": 410.0,
    }
    of_cluster = {
        q.metric for q in aws.queried if q.dimensions == (("DBClusterIdentifier", "shop"),)
    }
    assert of_cluster == {"VolumeBytesUsed", "VolumeReadIOPs", "VolumeWriteIOPs"}


def test_a_reader_does_not_ask_for_the_cluster_again() -> None:
    aws = aurora(writer=False)
    last(aws, {"CPUUtilization Average": 1.0})
    assert {q.dimensions for q in aws.queried} == {(("DBInstanceIdentifier", "shop-1"),)}


def test_what_is_asked_is_fourteen_days_hour_by_hour() -> None:
    class Listening(FakeAws):
        def metrics(self, queries: Any, *, period_seconds: int, span_seconds: int) -> Any:
            assert (period_seconds, span_seconds) == (3600, 14 * 86_400)
            assert len(set(queries)) == len(queries)
            whose = (("DBInstanceIdentifier", "orders-1"),)
            return {
                MetricQuery("ReadIOPS", "Average", whose): (
                    (HOUR - 7200, 3.0),
                    (HOUR, 4.0),
                )
            }

    answer = usage(Listening(rds().answers))
    assert [(r.at, r.read_operations_per_second) for r in answer.rows] == [
        (HOUR - 7200, 3.0),
        (HOUR, 4.0),
    ]
    assert answer.taken_at == NOW


def test_nothing_at_all_is_said() -> None:
    with pytest.raises(NotOffered, match="no data point of the last 14 days for orders-1"):
        usage(rds())


def test_what_may_not_be_asked_passes() -> None:
    aws = rds()
    aws.answers["rds:describe_db_instances"] = PermissionDenied("not allowed")
    with pytest.raises(PermissionDenied):
        usage(aws)
