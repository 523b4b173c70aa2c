from __future__ import annotations

from typing import Any

import pytest

from collectors.rds.global_cluster import GlobalCluster
from rules.fit.acu_range import AcuRange, acu_range, half_step
from rules.fit.measured import Measured, Seen, measured
from tests.aws.rows import GIB, aurora, cluster, hours, instance
from tests.make import make, snapshot
from tests.rules.fits import SPIKY, by_day, load, of

OLD = {"engine": "aurora-mysql", "engine_version": "8.0.mysql_aurora.3.05.2"}


def told(found: Measured) -> AcuRange:
    answer = acu_range(found)
    assert answer is not None
    return answer


def range_of(found: Measured) -> tuple[float, float]:
    return told(found).min_acu, told(found).max_acu


def serverless(low: float, high: float, **given: Any) -> Measured:
    usage = hours(acu=by_day(high, low), acu_max=by_day(high, low), connections_max=9.0)
    about = {"instance_class": "db.serverless", "vcpus": None, "memory_bytes": None, **given}
    return measured(Seen(aurora(**about), cluster(), usage, globals_=snapshot()))


def test_cpu_and_memory_make_the_range() -> None:
    """1.6 CPUs of 4 units each are more than the 8 GiB in use; a fifth goes on top."""
    usage = load(by_day(0.8, 0.3), cpu_max_ratio=by_day(0.8, 0.3))
    assert range_of(of(usage, insights=False)) == (2.5, 8.0)
    assert "at least 2.5 ACU: 95 of 100 hours used more than 0.6 vCPUs" in told(of(usage)).reasons


def test_memory_alone_may_set_the_maximum() -> None:
    found = of(load(0.1, freeable_memory_min_bytes=2.0 * GIB), insights=False)
    assert range_of(found) == (1.0, 8.5)  # 14 GiB are 7 units
    assert "14.0 GB of memory" in " ".join(told(found).reasons)


@pytest.mark.parametrize(
    ("insights", "in_global", "low", "least"),
    [
        (False, False, 0.6, 1.0),
        (True, False, 0.6, 2.0),
        (True, False, 3.1, 3.5),
        (False, True, 0.6, 8.0),
        (True, True, 0.6, 8.0),
        (True, True, 9.0, 9.0),
    ],
)
def test_what_features_need(*, insights: bool, in_global: bool, low: float, least: float) -> None:
    usage = hours(acu=by_day(12.0, low), connections_max=9.0)
    of_it = snapshot(make(GlobalCluster)) if in_global else snapshot()
    rows = aurora(instance_class="db.serverless", insights=insights, vcpus=None)
    found = measured(Seen(rows, cluster(), usage, globals_=of_it))
    assert range_of(found)[0] == least


def test_it_pauses_where_nobody_is_there_and_nothing_keeps_it_awake() -> None:
    answer = told(of(SPIKY))
    assert answer.min_acu == 0
    assert answer.kept_awake == ()
    assert "at least 0 ACU: no client in 88 % of hours: it may pause" in answer.reasons
    assert any("RDS Proxy" in reason for reason in answer.reasons)


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (of(), "clients are there in 100 % of hours"),
        (of(load(connections_max=None)), "whether there are hours without a client is not known"),
        (measured(Seen(aurora(), cluster(), SPIKY)), "a global database, perhaps"),
        (
            measured(Seen(aurora(), cluster(), SPIKY, globals_=snapshot(make(GlobalCluster)))),
            "a global database",
        ),
        (
            measured(Seen(instance(), usage=SPIKY, queries_per_second=9.0)),
            "dbtriage's own SQL connection",
        ),
        (
            measured(Seen(aurora(**OLD), cluster(), SPIKY, globals_=snapshot())),
            "version 8.0.mysql_aurora.3.05.2, which does not pause",
        ),
        (
            measured(Seen(aurora(replicas=("r",)), cluster(), SPIKY, globals_=snapshot())),
            "the replicas that follow its log",
        ),
    ],
    ids=lambda x: x if isinstance(x, str) else "",
)
def test_what_keeps_it_awake(found: Measured, why: str) -> None:
    assert told(found).kept_awake == (why,)
    assert told(found).min_acu > 0


def test_replicas_of_rds_do_not_follow_to_aurora() -> None:
    assert told(of(SPIKY, replicas=("orders-2",))).min_acu == 0


@pytest.mark.parametrize(
    ("engine", "version", "limit"),
    [
        ("aurora-mysql", "8.0.mysql_aurora.3.05.2", 128),
        ("aurora-mysql", "8.0.mysql_aurora.3.06.0", 256),
        ("aurora-mysql", "8.4.mysql_aurora.8.4.7", 256),
        ("aurora-postgresql", "15.4", 128),
        ("aurora-postgresql", "15.5", 256),
        ("aurora-postgresql", "12.22", 128),
        ("aurora-postgresql", "17.4", 256),
        ("postgres", "12.5", 256),  # not Aurora yet: it would begin on a newer one
    ],
)
def test_the_most_there_is(engine: str, version: str, limit: float) -> None:
    found = serverless(100, 250, engine=engine, engine_version=version)
    if engine == "postgres":
        found = of(load(0.9), vcpus=96, memory_bytes=768 * GIB)
    answer = told(found)
    assert answer.limit_acu == answer.max_acu == limit
    assert not answer.fits
    assert any(f"more than the {limit:g} there are" in reason for reason in answer.reasons)


def test_a_maximum_that_was_reached_says_little() -> None:
    usage = hours(acu=8.0, acu_max=8.0, acu_max_ratio=1.0, connections_max=1.0)
    rows = aurora(instance_class="db.serverless", vcpus=None)
    answer = told(measured(Seen(rows, cluster(), usage)))
    assert (answer.wanted_acu, answer.fits) == (14.5, True)
    assert any("all it was allowed" in reason for reason in answer.reasons)


def test_headroom_is_said() -> None:
    plain = acu_range(serverless(2, 10), headroom_ratio=0)
    assert plain is not None
    assert plain.max_acu == 10
    assert told(serverless(2, 10)).max_acu == 12


def test_a_steep_climb_is_warned_of() -> None:
    assert any("18 times over" in reason for reason in told(serverless(2, 30)).reasons)
    assert not any("times over" in reason for reason in told(serverless(5, 30)).reasons)


def test_the_smallest_range() -> None:
    found = of(load(0.001, freeable_memory_min_bytes=16.0 * GIB), insights=False)
    assert range_of(found) == (0.5, 1.0)


def test_no_load_no_range() -> None:
    assert acu_range(of(None)) is None
    assert acu_range(measured(Seen(aurora(instance_class="db.serverless")))) is None


def test_steps_of_a_half() -> None:
    assert [half_step(n) for n in (0, 0.5, 0.51, 1.2, 12 * 1.0)] == [0.5, 0.5, 1.0, 1.5, 12]
