from __future__ import annotations

from typing import Any

import pytest

from collectors.snapshots.replication import Replica
from rules.base import Subject
from rules.replication.replica_lag import replica_lag
from tests.aws.rows import aurora, cluster, instance, minutes
from tests.make import make, snapshot
from tests.rules.environments import CLUSTER_ARN

REPLICA = instance(role="replica", replica_source="orders-0")
SEEN_BY_SQL = snapshot(make(Replica, replica="upstream", kind="receiver"))


@pytest.mark.parametrize(
    ("given", "count"),
    [
        pytest.param({"replica_lag_seconds": [*[0.0] * 5, *[61.0] * 10]}, 1, id="ten minutes"),
        pytest.param({"replica_lag_seconds": [*[0.0] * 5, *[60.0] * 10]}, 0, id="just not"),
        pytest.param({"replica_lag_seconds": [*[0.0] * 6, *[90.0] * 9]}, 0, id="nine minutes"),
        pytest.param(
            {"replica_lag_seconds": [0.0, 60.0, 120.0, 180.0, 240.0] * 3}, 0, id="an idle source"
        ),
        pytest.param({"replica_lag_seconds": [*[90.0] * 13, None, None]}, 1, id="points are late"),
        pytest.param({"replica_lag_seconds": [*[None] * 5, *[90.0] * 10]}, 1, id="ten known"),
        pytest.param({"replica_lag_seconds": [*[None] * 6, *[90.0] * 9]}, 0, id="nine known"),
        pytest.param({}, 0, id="not known"),
        pytest.param({"replica_stopped": [*[False] * 14, True]}, 1, id="it stopped"),
        pytest.param({"replica_stopped": [*[True] * 14, False]}, 0, id="it runs again"),
    ],
)
def test_replica(given: dict[str, Any], count: int) -> None:
    assert len(replica_lag(minutes(**given), REPLICA, None, None)) == count


def test_lag() -> None:
    lags = minutes(replica_lag_seconds=[*[0.0] * 5, *[70.0] * 9, 90.0])
    (finding,) = replica_lag(lags, REPLICA, None, None)
    assert finding.subject == Subject("instance", "orders-1")
    assert finding.evidence["replica_lag_seconds"] == 90.0
    assert finding.evidence["least_lag_seconds"] == 70.0
    assert "behind orders-0" in finding.summary


def test_stopped_is_told_once_and_without_a_lag() -> None:
    (finding,) = replica_lag(
        minutes(replica_stopped=True, replica_lag_seconds=90.0), REPLICA, None, None
    )
    assert finding.evidence == {"replica_stopped": True, "source": "orders-0"}
    assert "StatusInfos" in finding.remedy.statements[0]


def test_an_instance_that_is_no_replica() -> None:
    assert not replica_lag(minutes(replica_lag_seconds=90.0), instance(), None, None)


def test_where_sql_sees_the_replication_its_rule_tells() -> None:
    lags = minutes(replica_lag_seconds=90.0)
    assert not replica_lag(lags, REPLICA, None, SEEN_BY_SQL)
    assert replica_lag(lags, REPLICA, None, snapshot())  # asked, and nothing was seen


@pytest.mark.parametrize(
    ("lags", "count"),
    [
        pytest.param([*[0.02] * 10, *[2.1] * 5], 1, id="five minutes"),
        pytest.param([*[0.02] * 10, *[2.0] * 5], 0, id="just not"),
        pytest.param([*[0.02] * 11, *[9.0] * 4], 0, id="four minutes"),
        pytest.param([None] * 15, 0, id="not known"),
    ],
)
def test_aurora(lags: list[float | None], count: int) -> None:
    seen = minutes(aurora_replica_lag_max_seconds=lags)
    assert len(replica_lag(seen, aurora(), cluster(), None)) == count


def test_aurora_readers_are_not_in_sql() -> None:
    seen = minutes(aurora_replica_lag_max_seconds=9.0)
    (finding,) = replica_lag(seen, aurora(), cluster(arn=CLUSTER_ARN), SEEN_BY_SQL)
    assert finding.subject == Subject("cluster", "shop")
    assert finding.evidence["readers"] == 1


def test_told_on_the_writer_only() -> None:
    seen = minutes(aurora_replica_lag_max_seconds=9.0)
    assert not replica_lag(seen, aurora(role="reader"), cluster(here=False), None)
