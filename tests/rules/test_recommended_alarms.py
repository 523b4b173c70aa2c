"""Thresholds and scopes of AWS's list of recommended alarms, as documented."""

from __future__ import annotations

from typing import Any

import pytest

from collectors.rds.alarms import Alarm
from collectors.rds.classes import ClassSize
from collectors.rds.cluster import Cluster
from collectors.rds.instance import Instance
from collectors.snapshot import Snapshot
from rules.upkeep.alarm import RecommendedAlarm
from rules.upkeep.recommended_alarms import (
    State,
    coverage,
    left_out,
    missing,
    recommended,
)
from tests.aws.rows import GIB, aurora, cluster, instance
from tests.make import make

TIB = 2**40


def by_metric(
    shown: Snapshot[Instance], of: Snapshot[Cluster] | None = None, connections: int | None = 1700
) -> dict[str, RecommendedAlarm]:
    (one,) = shown.rows
    return {a.metric: a for a in recommended(one, of.rows[0] if of else None, connections)}


def aurora_mysql(**given: Any) -> Snapshot[Instance]:
    about = {"engine": "aurora-mysql", "engine_version": "8.0.mysql_aurora.3.10.0"}
    return aurora(**{**about, **given})


PLAIN = instance(max_allocated_bytes=None)


@pytest.mark.parametrize(
    ("shown", "metric", "expected"),
    [
        (PLAIN, "CPUUtilization", (">", 90, "Average", 5, "breaching")),
        (PLAIN, "DatabaseConnections", (">", 1530, "Average", 5, "breaching")),
        (PLAIN, "DBLoad", (">", 2, "Average", 15, "missing")),
        (PLAIN, "FreeableMemory", ("<", 4 * GIB, "Average", 15, "breaching")),
        (aurora(), "FreeableMemory", ("<", int(0.8 * GIB), "Average", 15, "breaching")),
        (PLAIN, "FreeStorageSpace", ("<", 20 * GIB, "Minimum", 5, "breaching")),
        (PLAIN, "ReadLatency", (">", 0.02, "p90", 5, "missing")),
        (PLAIN, "WriteLatency", (">", 0.02, "p90", 5, "missing")),
        (PLAIN, "EBSIOBalance%", ("<", 10, "Average", 3, "missing")),
        (PLAIN, "EBSByteBalance%", ("<", 10, "Average", 3, "missing")),
        (PLAIN, "MaximumUsedTransactionIDs", (">", 1e9, "Average", 1, "missing")),
        (
            instance(replica_source="orders-0", role="replica"),
            "ReplicaLag",
            (">", 60, "Maximum", 10, "breaching"),
        ),
        (aurora(), "BufferCacheHitRatio", ("<", 80, "Average", 10, "missing")),
        (aurora(), "EngineUptime", ("<=", 0, "Average", 2, "breaching")),
        (
            aurora_mysql(),
            "RollbackSegmentHistoryListLength",
            (">", 1e6, "Average", 5, "breaching"),
        ),
        (
            aurora_mysql(),
            "AuroraVolumeBytesLeftTotal",
            ("<", 256 * TIB // 10, "Average", 5, "breaching"),
        ),
        (
            aurora_mysql(engine_version="8.0.mysql_aurora.3.09.1"),
            "AuroraVolumeBytesLeftTotal",
            ("<", 128 * TIB // 10, "Average", 5, "breaching"),
        ),
        (
            aurora_mysql(replica_source="shop-0"),
            "AuroraBinlogReplicaLag",
            ("<=", -1, "Average", 2, "breaching"),
        ),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_as_aws_recommends(
    shown: Snapshot[Instance], metric: str, expected: tuple[str, float, str, int, str]
) -> None:
    found = by_metric(shown)[metric]
    sign, limit, statistic, minutes, gap = expected
    signs = {
        ">": "GreaterThanThreshold",
        "<": "LessThanThreshold",
        "<=": "LessThanOrEqualToThreshold",
    }
    assert found.comparison == signs[sign]
    assert found.threshold == limit
    assert (found.statistic, found.periods, found.when_missing) == (statistic, minutes, gap)
    assert found.datapoints == minutes


@pytest.mark.parametrize(
    ("shown", "metric"),
    [
        (instance(), "FreeStorageSpace"),  # autoscaling
        (instance(), "ReplicaLag"),
        (instance(), "EngineUptime"),
        (instance(), "BufferCacheHitRatio"),
        (instance(engine="mysql"), "MaximumUsedTransactionIDs"),
        (instance(insights=False), "DBLoad"),
        (instance(insights=None), "DBLoad"),
        (instance(vcpus=None), "DBLoad"),
        (instance(memory_bytes=None), "FreeableMemory"),
        (aurora(), "FreeStorageSpace"),
        (aurora(), "EBSIOBalance%"),
        (aurora(), "AuroraVolumeBytesLeftTotal"),
        (aurora(role="reader"), "EngineUptime"),
        (aurora(role="reader"), "MaximumUsedTransactionIDs"),
        (aurora_mysql(role="reader"), "RollbackSegmentHistoryListLength"),
        (aurora_mysql(), "AuroraBinlogReplicaLag"),
        (aurora_mysql(), "BlockedTransactions"),
        (aurora_mysql(engine_version="8.0"), "AuroraVolumeBytesLeftTotal"),
        (aurora(instance_class="db.serverless", vcpus=None), "DBLoad"),
        (aurora(instance_class="db.serverless"), "DatabaseConnections"),
        (aurora(instance_class="db.serverless"), "FreeableMemory"),
    ],
)
def test_not_of_this_instance(shown: Snapshot[Instance], metric: str) -> None:
    assert metric not in by_metric(shown)


def test_without_max_connections_there_is_no_threshold() -> None:
    assert "DatabaseConnections" not in by_metric(PLAIN, connections=None)
    (one,) = PLAIN.rows
    assert [o.metric for o in left_out(one, None, None)] == ["DatabaseConnections"]


@pytest.mark.parametrize(
    ("baseline", "there"),
    [pytest.param(3600, True, id="has credits"), pytest.param(20000, False, id="has none")],
)
def test_classes_without_a_burst_have_no_credits(baseline: int, *, there: bool) -> None:
    size = ClassSize(2, 16 * GIB, baseline, 20000, 1e8, 1e9)
    found = by_metric(instance(size=size))
    assert ("EBSIOBalance%" in found) is there
    assert "EBSByteBalance%" in found


def test_a_cluster_that_may_pause_may_give_no_data() -> None:
    serverless = aurora(instance_class="db.serverless", memory_bytes=None, vcpus=None)
    pausing = by_metric(serverless, cluster(min_acu=0.0, max_acu=8.0))
    assert pausing["CPUUtilization"].when_missing == "notBreaching"
    assert "EngineUptime" not in pausing
    awake = by_metric(serverless, cluster(min_acu=0.5, max_acu=8.0))
    assert awake["CPUUtilization"].when_missing == "breaching"
    assert "EngineUptime" in awake


def test_dimensions() -> None:
    found = by_metric(aurora_mysql())
    assert found["CPUUtilization"].dimensions == (("DBInstanceIdentifier", "shop-1"),)
    assert found["EngineUptime"].dimensions == (
        ("DBClusterIdentifier", "shop"),
        ("Role", "WRITER"),
    )
    assert found["AuroraVolumeBytesLeftTotal"].dimensions == (("DBClusterIdentifier", "shop"),)
    assert found["EngineUptime"].name == "shop-EngineUptime-low"


def alarm(**given: Any) -> Alarm:
    about = {
        "alarm": "page-me", "metric": "CPUUtilization", "statistic": "Average", "tells": True,
        "comparison": "GreaterThanThreshold", "threshold": 90.0, "of_cluster": False,
    }  # fmt: skip
    return make(Alarm, **{**about, **given})


@pytest.mark.parametrize(
    ("given", "state"),
    [
        pytest.param({}, State.EXISTS, id="as recommended"),
        pytest.param({"comparison": "GreaterThanOrEqualToThreshold"}, State.EXISTS, id="or equal"),
        pytest.param({"threshold": 80.0}, State.DIFFERS, id="another threshold"),
        pytest.param({"statistic": "Maximum"}, State.DIFFERS, id="another statistic"),
        pytest.param({"threshold": None, "statistic": ""}, State.EXISTS, id="an expression"),
        pytest.param(
            {"comparison": "LessThanLowerOrGreaterThanUpperThreshold", "threshold": None},
            State.EXISTS,
            id="anomalies",
        ),
        pytest.param({"tells": False}, State.SILENT, id="without an action"),
        pytest.param({"comparison": "LessThanThreshold"}, State.MISSING, id="the other way"),
        pytest.param({"metric": "DBLoad"}, State.MISSING, id="another metric"),
        pytest.param({"of_cluster": True}, State.MISSING, id="of the cluster"),
    ],
)
def test_what_is_there(given: dict[str, Any], state: State) -> None:
    wanted = [by_metric(PLAIN)["CPUUtilization"]]
    (found,) = coverage(wanted, [alarm(**given)])
    assert found.state is state
    assert bool(missing(wanted, [alarm(**given)])) is (state is State.MISSING)


def test_the_best_of_several_counts() -> None:
    wanted = [by_metric(PLAIN)["CPUUtilization"]]
    there = [alarm(tells=False, alarm="a"), alarm(threshold=1.0, alarm="b"), alarm(alarm="c")]
    (found,) = coverage(wanted, there)
    assert found.found is not None
    assert (found.state, found.found.alarm) == (State.EXISTS, "c")
