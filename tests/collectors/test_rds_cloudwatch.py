"""Fixtures are in the documented format, none was recorded from AWS."""

from __future__ import annotations

import math
from typing import Any

import pytest

from collectors.fields import names
from collectors.rds.cloudwatch import CloudWatch, cloudwatch
from collectors.session import MetricQuery, NotOffered, PermissionDenied, Points
from tests.aws.kinds import aurora, fake, multi_az_cluster, rds
from tests.aws.session import NOW, FakeAws
from tests.aws.shapes import db_instance

MINUTE = NOW // 60 * 60 - 60


def last(aws: FakeAws, **series: float) -> CloudWatch:
    """The row of a minute in which each series has this value; ``ReplicaLag_Maximum=3``."""
    aws.series = {name.replace("_", " "): ((MINUTE, value),) for name, value in series.items()}
    (row,) = cloudwatch(aws).rows
    return row


def told(row: CloudWatch) -> dict[str, Any]:
    return {n: v for n in names(CloudWatch, "gauge") if (v := getattr(row, n)) is not None}


@pytest.mark.parametrize(
    ("aws", "series", "value", "field", "expected"),
    [
        (rds(), "CPUUtilization Average", 57.0, "cpu_ratio", 0.57),
        (rds(), "FreeableMemory Average", 2.0**30, "freeable_memory_bytes", 2.0**30),
        (rds(), "FreeStorageSpace Minimum", 5e9, "free_storage_bytes", 5e9),
        (rds(), "ReadLatency p90", 0.021, "read_latency_p90_seconds", 0.021),
        (rds(), "WriteLatency Average", 0.004, "write_latency_seconds", 0.004),
        (rds(), "EBSIOBalance% Average", 99.0, "ebs_io_balance_ratio", 0.99),
        (rds(), "OldestReplicationSlotLag Average", 8e6, "oldest_slot_lag_bytes", 8e6),
        (aurora(), "CommitLatency Average", 12.5, "commit_latency_seconds", 0.0125),
        (aurora(), "BufferCacheHitRatio Average", 99.9, "buffer_cache_hit_ratio", 0.999),
        (aurora(), "VolumeReadIOPs Average", 600.0, "volume_reads_per_second", 2.0),
        (aurora(), "VolumeWriteIOPs Average", 30.0, "volume_writes_per_second", 0.1),
        (
            aurora(), "AuroraReplicaLagMaximum Maximum", 2500.0,
            "aurora_replica_lag_max_seconds", 2.5,
        ),
        (
            aurora(writer=False), "AuroraReplicaLag Maximum", 20.0,
            "aurora_replica_lag_seconds", 0.02,
        ),
        (
            aurora(of_cluster={"GlobalClusterIdentifier": "world"}),
            "AuroraGlobalDBRPOLag Average", 1500.0, "global_rpo_lag_seconds", 1.5,
        ),
        (
            aurora(DBInstanceClass="db.serverless"), "ACUUtilization Average", 95.0,
            "acu_ratio", 0.95,
        ),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)  # fmt: skip
def test_values_are_in_base_units(
    aws: FakeAws, series: str, value: float, field: str, expected: float
) -> None:
    assert told(last(aws, **{series: value})) == {field: pytest.approx(expected, rel=1e-12)}


def test_what_is_asked() -> None:
    aws = rds(ReadReplicaSourceDBInstanceIdentifier="orders-0")
    seen: list[tuple[int, int]] = []

    class Listening(FakeAws):
        def metrics(self, queries: Any, *, period_seconds: int, span_seconds: int) -> Any:
            seen.append((period_seconds, span_seconds))
            return super().metrics(
                queries, period_seconds=period_seconds, span_seconds=span_seconds
            )

    listening = Listening(aws.answers, {"ReplicaLag Maximum": ((MINUTE, 3.0),)})
    cloudwatch(listening)
    assert seen == [(60, 900)]
    assert len(listening.queried) == len(set(listening.queried))
    whose = (("DBInstanceIdentifier", "orders-1"),)
    assert MetricQuery("ReplicaLag", "Maximum", whose, "AWS/RDS") in listening.queried


def test_minutes_are_rows_oldest_first_where_anything_was_told() -> None:
    aws = rds()
    aws.series = {
        "CPUUtilization Average": ((MINUTE - 240, 10.0), (MINUTE, 30.0)),
        # Five minutes apart, and late.
        "DatabaseConnections Average": ((MINUTE - 300, 7.0), (MINUTE - 120, math.nan)),
    }
    answer = cloudwatch(aws)
    assert answer.taken_at == NOW
    assert [(r.at, r.cpu_ratio, r.connections) for r in answer.rows] == [
        (MINUTE - 300, None, 7.0),
        (MINUTE - 240, 0.1, None),
        (MINUTE, 0.3, None),
    ]


@pytest.mark.parametrize(
    ("lag", "seconds", "stopped"),
    [(0.0, 0.0, False), (61.0, 61.0, False), (-1.0, None, True)],
    ids=["in step", "a minute behind", "not replicating"],
)
@pytest.mark.parametrize(
    "aws",
    [
        rds("mysql", ReadReplicaSourceDBInstanceIdentifier="orders-0"),
        multi_az_cluster(writer=False),
        rds(ReadReplicaSourceDBClusterIdentifier="orders"),
    ],
    ids=["replica", "reader of a Multi-AZ DB cluster", "replica of a cluster"],
)
def test_minus_one_is_no_lag_but_a_stopped_replica(
    aws: FakeAws, lag: float, seconds: float | None, stopped: bool
) -> None:
    row = last(aws, ReplicaLag_Maximum=lag)
    assert (row.replica_lag_seconds, row.replica_stopped) == (seconds, stopped)


def test_a_replica_without_a_data_point_is_unknown() -> None:
    aws = rds("mysql", ReadReplicaSourceDBInstanceIdentifier="orders-0")
    row = last(aws, CPUUtilization_Average=1.0, ReplicaLag_Maximum=math.nan)
    assert told(row) == {"cpu_ratio": 0.01}


def test_minus_one_of_slots_is_that_there_are_none() -> None:
    aws = rds()
    row = last(aws, CPUUtilization_Average=1.0, OldestReplicationSlotLag_Average=-1.0)
    assert told(row) == {"cpu_ratio": 0.01}


@pytest.mark.parametrize(("state", "reserved"), [(0.0, False), (10.0, True)])
def test_the_state_of_memory(state: float, reserved: bool) -> None:
    row = last(aurora("aurora-mysql"), AuroraMemoryHealthState_Maximum=state)
    assert told(row) == {"memory_reserved": reserved}


@pytest.mark.parametrize(
    ("load", "cpu", "waiting"),
    [(3.0, 1.25, 1.75), (0.3, 0.30000000000000004, 0.0), (3.0, None, None), (None, 1.0, None)],
    ids=["both", "rounded", "no load on CPU told", "no load told"],
)
def test_load_that_waits_is_the_load_that_is_not_on_cpu(
    load: float | None, cpu: float | None, waiting: float | None
) -> None:
    given = {"DBLoad Average": load, "DBLoadCPU Average": cpu}
    row = last(rds(), **{name: value for name, value in given.items() if value is not None})
    assert (row.load_sessions, row.load_cpu_sessions) == (load, cpu)
    assert row.load_waiting_sessions == waiting


@pytest.mark.parametrize("points", [(), ((MINUTE, math.nan),)], ids=["no point", "NaN alone"])
def test_nothing_at_all_is_said(points: Points) -> None:
    aws = rds(DBInstanceStatus="stopped")
    aws.series = {"CPUUtilization Average": points}
    with pytest.raises(NotOffered) as said:
        cloudwatch(aws)
    assert str(said.value) == (
        "CloudWatch has no data point of the last 15 minutes for orders-1: its status is stopped; "
        "look whether it runs, whether it is new, and whether the clock of this machine is right"
    )


def test_an_instance_that_is_gone() -> None:
    aws = fake(db_instance("orders-2"))
    aws.instance = "orders-1"
    with pytest.raises(NotOffered, match="there is no instance orders-1"):
        cloudwatch(aws)
    assert not aws.queried


def test_only_our_instance_is_asked_of() -> None:
    aws = fake(db_instance("orders-1"), db_instance("orders-2", Engine="mysql"))
    last(aws, CPUUtilization_Average=1.0)
    assert {q.dimensions for q in aws.queried} == {(("DBInstanceIdentifier", "orders-1"),)}


@pytest.mark.parametrize("denied", ["rds:describe_db_instances", "rds:describe_db_clusters"])
def test_what_may_not_be_asked_passes(denied: str) -> None:
    aws = aurora()
    aws.answers[denied] = PermissionDenied("not allowed")
    with pytest.raises(PermissionDenied):
        cloudwatch(aws)


def test_metrics_that_may_not_be_asked_pass() -> None:
    class Denied(FakeAws):
        def metrics(self, *_: Any, **__: Any) -> Any:
            raise PermissionDenied("needs cloudwatch:GetMetricData")

    with pytest.raises(PermissionDenied, match="cloudwatch:GetMetricData"):
        cloudwatch(Denied(rds().answers))
