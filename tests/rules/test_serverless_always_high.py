from __future__ import annotations

from typing import Any

import pytest

from collectors.rds.usage import UsedHour
from collectors.snapshot import Snapshot
from rules.cost.serverless_always_high import serverless_always_high
from tests.aws.rows import GIB, aurora, cluster, hours

WEEK = 168
SERVERLESS = aurora(instance_class="db.serverless")
CLUSTER = cluster(min_acu=0.5, max_acu=16.0)


def test_fires() -> None:
    (finding,) = serverless_always_high(SERVERLESS, CLUSTER, hours(WEEK, acu=[9.0, 11.0] * 84))
    assert finding.evidence["mean_acu"] == 10.0
    assert finding.evidence["memory_p95_bytes"] == 22 * GIB
    assert "--db-instance-class db.r7g.xlarge" in finding.remedy.statements[1]
    assert "--db-instance-class db.serverless" in finding.remedy.rollback
    assert "dbtriage aws cost" in finding.remedy.text


@pytest.mark.parametrize(
    ("seen", "of"),
    [
        pytest.param(hours(WEEK, acu=9.5), CLUSTER, id="less than 60 %"),
        pytest.param(hours(WEEK, acu=[7.0, 16.0] * 84), CLUSTER, id="it comes and goes"),
        pytest.param(hours(159, acu=12.0), CLUSTER, id="less than a week"),
        pytest.param(hours(WEEK), CLUSTER, id="nothing is known"),
        pytest.param(hours(WEEK, acu=12.0), cluster(min_acu=12.0, max_acu=16.0), id="the floor"),
        pytest.param(hours(WEEK, acu=12.0), cluster(), id="the maximum is not known"),
        pytest.param(hours(336, acu=[12.0] * 168 + [2.0] * 168), CLUSTER, id="less since a week"),
    ],
)
def test_quiet(seen: Snapshot[UsedHour], of: Any) -> None:
    assert not serverless_always_high(SERVERLESS, of, seen)


def test_a_class_is_not_serverless() -> None:
    assert not serverless_always_high(aurora(), CLUSTER, hours(WEEK, acu=12.0))


def test_bursts_of_an_hour_do_not_count() -> None:
    seen = hours(WEEK, acu=[12.0] * 160 + [1.0] * 8)
    assert serverless_always_high(SERVERLESS, CLUSTER, seen)
