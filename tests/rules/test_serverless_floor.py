from __future__ import annotations

from typing import Any

import pytest

from collectors.rds.cloudwatch import CloudWatch
from collectors.rds.global_cluster import GlobalCluster
from collectors.snapshot import Snapshot
from rules.base import Severity
from rules.capacity.serverless_floor import serverless_floor
from tests.aws.rows import aurora, cluster, member, minutes
from tests.make import make, snapshot

GLOBAL = snapshot(make(GlobalCluster, global_cluster="world"))
NO_GLOBAL: Snapshot[GlobalCluster] = snapshot()
CALM = minutes(acu=2.0)
RUSH = minutes(acu=[2.0] * 8 + [9.0] * 7)
COLD = minutes(acu=2.0, buffer_cache_hit_ratio=0.85, read_operations_per_second=60.0)


def serverless(**given: Any) -> Any:
    return aurora(instance_class="db.serverless", **given)


@pytest.mark.parametrize(
    ("seen", "given", "severity", "wanted"),
    [
        pytest.param(RUSH, {}, Severity.MEDIUM, 2.5, id="a steep rush"),
        pytest.param(RUSH, {"tags": (("env", "test"),)}, Severity.LOW, 2.5, id="of a test system"),
        pytest.param(COLD, {}, Severity.MEDIUM, 4, id="a cold cache"),
        pytest.param(COLD, {"role": "reader"}, Severity.MEDIUM, 4, id="a cold cache of a reader"),
    ],
)
def test_measured(
    seen: Snapshot[CloudWatch], given: dict[str, Any], severity: Severity, wanted: float
) -> None:
    (finding,) = serverless_floor(
        serverless(**given), cluster(min_acu=2.0, max_acu=16.0), seen, None
    )
    assert finding.severity is severity
    (command,) = finding.remedy.statements
    assert f"MinCapacity={wanted:g},MaxCapacity=16 --apply-immediately" in command
    assert "MinCapacity=2," in finding.remedy.rollback


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param(minutes(acu=[2.0] * 8 + [8.0] * 7), id="four times is tolerated"),
        pytest.param(
            minutes(acu=[2.0, 2.4, 2.9, 3.5, 4.2, 5.0, 6.0, 7.2, 8.7, 10, 11, 12, 13, 14, 15]),
            id="slowly",
        ),
        pytest.param(minutes(acu=[3.5] * 8 + [16.0] * 7), id="not from the minimum"),
        pytest.param(minutes(acu=[None] * 8 + [16.0] * 7), id="nobody knows from where"),
        pytest.param(
            minutes(acu=2.0, buffer_cache_hit_ratio=0.9, read_operations_per_second=60.0),
            id="nine of ten reads come from the cache",
        ),
        pytest.param(
            minutes(acu=2.0, buffer_cache_hit_ratio=0.5, read_operations_per_second=49.0),
            id="hardly a read",
        ),
        pytest.param(minutes(acu=2.0, buffer_cache_hit_ratio=0.5), id="reads are not known"),
        pytest.param(
            minutes(acu=12.0, buffer_cache_hit_ratio=0.5, read_operations_per_second=900.0),
            id="it is not small",
        ),
        pytest.param(minutes(), id="nothing is known"),
    ],
)
def test_quiet(seen: Snapshot[CloudWatch]) -> None:
    assert not serverless_floor(serverless(), cluster(min_acu=2.0, max_acu=16.0), seen, NO_GLOBAL)


@pytest.mark.parametrize(
    ("least", "given", "world", "severity", "wanted"),
    [
        pytest.param(1.5, {}, None, Severity.LOW, 2, id="insights"),
        pytest.param(1.5, {"tags": ()}, None, Severity.INFO, 2, id="insights, no tag says"),
        pytest.param(2.0, {}, GLOBAL, Severity.MEDIUM, 8, id="global"),
        pytest.param(2.0, {"tags": ()}, GLOBAL, Severity.LOW, 8, id="global, no tag says"),
        pytest.param(2.0, {"tags": (("env", "dev"),)}, GLOBAL, Severity.INFO, 8, id="global, dev"),
        pytest.param(0.5, {}, GLOBAL, Severity.MEDIUM, 8, id="both"),
        pytest.param(0.0, {}, GLOBAL, Severity.MEDIUM, 8, id="global, meant to pause"),
    ],
)
def test_what_features_need(
    least: float,
    given: dict[str, Any],
    world: Snapshot[GlobalCluster] | None,
    severity: Severity,
    wanted: float,
) -> None:
    of = cluster(min_acu=least, max_acu=16.0)
    (finding,) = serverless_floor(serverless(**given), of, CALM, world)
    assert finding.severity is severity
    assert f"MinCapacity={wanted:g}," in finding.remedy.statements[0]


@pytest.mark.parametrize(
    ("least", "given", "world"),
    [
        pytest.param(2.0, {}, NO_GLOBAL, id="enough for insights"),
        pytest.param(8.0, {}, GLOBAL, id="enough for a global database"),
        pytest.param(1.0, {"insights": False}, None, id="insights are off"),
        pytest.param(1.0, {"insights": None}, None, id="insights are not known"),
        pytest.param(0.0, {}, None, id="meant to pause"),
        pytest.param(1.0, {"identifier": "shop-2"}, GLOBAL, id="told on the writer"),
        pytest.param(None, {}, GLOBAL, id="the minimum is not known"),
    ],
)
def test_features_have_enough(
    least: float | None, given: dict[str, Any], world: Snapshot[GlobalCluster] | None
) -> None:
    of = cluster(min_acu=least, max_acu=16.0)
    assert not serverless_floor(serverless(**given), of, CALM, world)


def test_a_pausing_cluster_may_rush() -> None:
    assert not serverless_floor(
        serverless(), cluster(min_acu=0.0, max_acu=16.0), minutes(acu=[0.5] * 8 + [9.0] * 7), None
    )


def test_a_region_without_writer_is_told_once() -> None:
    of = cluster(member("shop-1"), member("shop-2"), here=False, min_acu=2.0, max_acu=16.0)
    assert serverless_floor(serverless(identifier="shop-1"), of, CALM, GLOBAL)
    assert not serverless_floor(serverless(identifier="shop-2"), of, CALM, GLOBAL)


def test_no_more_than_the_maximum() -> None:
    of = cluster(min_acu=1.0, max_acu=4.0)
    (finding,) = serverless_floor(serverless(), of, CALM, GLOBAL)
    assert "MinCapacity=4,MaxCapacity=4" in finding.remedy.statements[0]
    of = cluster(min_acu=4.0, max_acu=4.0)
    (finding,) = serverless_floor(serverless(), of, CALM, GLOBAL)
    assert finding.remedy.statements == ()


def test_a_class_has_no_floor() -> None:
    assert not serverless_floor(aurora(), cluster(), RUSH, GLOBAL)
