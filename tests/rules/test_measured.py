from __future__ import annotations

from typing import Any

import pytest

from collectors.rds.global_cluster import GlobalCluster
from collectors.snapshot import Snapshot
from rules.fit.measured import Measured, Seen, Unknown, measured
from rules.fit.platforms import Key
from tests.aws.rows import GIB, aurora, cluster, hours, instance, member, minutes
from tests.make import make, snapshot
from tests.rules.fits import HOURS, by_day, load, of

SERVERLESS = {"instance_class": "db.serverless", "vcpus": None, "memory_bytes": None, "size": None}


def unknown(found: Measured) -> dict[str, str]:
    return {u.figure: u.why for u in found.unknown}


def test_the_load_of_a_class_is_told_in_cpus() -> None:
    found = of(load(by_day(0.8, 0.1), cpu_max_ratio=by_day(0.9, 0.2)))
    assert found.used_vcpus is not None
    used = found.used_vcpus
    assert (used.low, used.middle, used.high, used.top) == (0.2, 0.2, 1.6, 1.6)
    assert used.mean == pytest.approx((3 * 1.6 + 21 * 0.2) / 24)
    assert found.peak_vcpus == 1.8
    assert found.used_memory_bytes == 8 * GIB
    assert found.storage_bytes == 60 * GIB
    assert found.operations_per_second == 900
    assert found.idle_ratio == 0
    assert found.used_acu is None
    assert found.peak_acu is None


def test_the_load_of_serverless_is_its_capacity() -> None:
    usage = hours(acu=by_day(8.0, 2.0), acu_max=by_day(12.0, 2.0), cpu_ratio=0.9)
    found = measured(Seen(aurora(**SERVERLESS), cluster(), usage))
    assert found.used_acu is not None
    assert found.used_vcpus is not None
    assert (found.used_acu.middle, found.used_acu.high, found.peak_acu) == (2, 8, 12)
    assert (found.used_vcpus.high, found.peak_vcpus) == (2, 3)
    assert "memory" not in unknown(found)


@pytest.mark.parametrize(
    ("busy", "rest", "ratio"),
    [
        (0.8, 0.2, 4.0),
        (0.3, 0.3, 1.0),
        (0.5, 0.0, 4.0),  # against a quarter of a CPU, not against nothing
        (0.1, 0.01, 1.0),
    ],
    ids=["spiky", "flat", "idle most of the day", "hardly any load at all"],
)
def test_variability(busy: float, rest: float, ratio: float) -> None:
    assert of(load(by_day(busy, rest))).variability_ratio == pytest.approx(ratio)


def test_idle_hours_are_those_without_a_client() -> None:
    assert of(load(connections_max=by_day(5.0, 0.0, 6))).idle_ratio == pytest.approx(0.75)


def test_nothing_is_known_and_each_reason_is_told() -> None:
    found = measured(Seen(instance()))
    assert found.used_vcpus is None
    assert found.storage_bytes is None
    assert found.idle_ratio is None
    assert found.variability_ratio is None
    needed = "0 hours of CloudWatch are there, 72 are needed"
    assert Unknown("load", needed) in found.unknown
    assert unknown(found)["storage"].endswith("(200 GB are allocated)")
    assert set(unknown(found)) == {
        "load", "memory", "storage", "growth", "I/O", "statements", "idle hours",
    }  # fmt: skip


@pytest.mark.parametrize("count", [71, 72])
def test_three_days_are_needed(count: int) -> None:
    found = of(hours(count, cpu_ratio=0.5))
    assert (found.used_vcpus is not None) is (count == 72)


def test_hours_without_data_points_are_not_zero() -> None:
    found = of(hours())
    assert found.used_vcpus is None
    assert unknown(found)["load"] == "CloudWatch has no data points of it"


def test_a_class_nobody_knows_is_named() -> None:
    found = of(load(), instance_class="db.z9.large", vcpus=None, memory_bytes=None)
    assert unknown(found)["load"] == "the CPUs of db.z9.large are not known"
    assert unknown(found)["memory"] == "the memory of the class is not known"


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ({"multi_az": False}, "rds-single-az"),
        ({}, "rds-multi-az"),
        ({"cluster": "shop", "role": "writer"}, "rds-multi-az-cluster"),
        ({"engine": "aurora-mysql", "cluster": "shop"}, "aurora"),
        ({"engine": "aurora-mysql", "instance_class": "db.serverless"}, "aurora-serverless"),
    ],
)
def test_where_it_runs_today(given: dict[str, Any], key: Key) -> None:
    assert of(**given).platform == key


def test_growth_is_a_line() -> None:
    grows = [(140 - hour / 24) * GIB for hour in range(HOURS)]
    jumps = [(140 - 60 * (hour % 3)) * float(GIB) for hour in range(HOURS)]
    assert of(load(free_storage_min_bytes=grows)).growth_bytes_per_day == pytest.approx(GIB)
    assert of().growth_bytes_per_day == 0
    found = of(load(free_storage_min_bytes=jumps))
    assert found.growth_bytes_per_day is None
    assert unknown(found)["growth"].startswith("storage goes up and down")


def test_the_volume_of_aurora_and_the_newest_minute() -> None:
    usage = hours(volume_used_bytes=[(500.0 + h) * GIB for h in range(HOURS)])
    found = measured(Seen(aurora(), cluster(), usage))
    assert found.storage_bytes == (500 + HOURS - 1) * GIB
    assert found.growth_bytes_per_day == pytest.approx(24 * GIB)
    newer = measured(Seen(aurora(), cluster(), usage, minutes(volume_used_bytes=900.0 * GIB)))
    assert newer.storage_bytes == 900 * GIB


def test_replicas_of_an_instance_and_readers_of_a_cluster() -> None:
    three = cluster(member("shop-1", writer=True), member("shop-2"), member("shop-3"))
    assert of(replicas=("a", "b")).replicas == 2
    assert measured(Seen(aurora(), three)).replicas == 2
    alone = measured(Seen(aurora()))
    assert alone.replicas is None
    assert unknown(alone)["replicas"] == "the members of shop were not told"


def test_whether_it_is_in_a_global_database() -> None:
    none: Snapshot[GlobalCluster] = snapshot()
    one = snapshot(make(GlobalCluster))
    assert of().in_global is False
    assert measured(Seen(aurora())).in_global is None
    assert measured(Seen(aurora(), globals_=none)).in_global is False
    assert measured(Seen(aurora(), globals_=one)).in_global is True


def test_statements_come_from_sql_or_from_aurora_mysql() -> None:
    assert measured(Seen(instance(), queries_per_second=70.0)).queries_per_second == 70
    usage = hours(queries_per_second=by_day(300.0, 10.0))
    found = measured(Seen(aurora(engine="aurora-mysql"), usage=usage, queries_per_second=70.0))
    assert found.queries_per_second == 300
    assert found.sql_connected
