from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from collectors.snapshot import Snapshot
from rules.fit.measured import Measured, Seen, measured
from rules.fit.needs import Needs
from rules.fit.platform_fit import Points, Score, fit, scored
from rules.fit.platforms import PLATFORMS, Key
from tests.aws.rows import aurora, cluster, hours, member
from tests.rules.fits import FLAT, SPIKY, by_day, load, of

TIB = 2**40
NOBODY = (("environment", "test"),)
READY = ("aurora", "aurora-serverless")


def order(found: Measured, needs: Needs | None = None) -> list[Key]:
    """Those that fit, best first."""
    return [s.platform.key for s in scored(found, needs or Needs()) if not s.excluded]


def score(key: Key, found: Measured, needs: Needs | None = None) -> Score:
    return next(s for s in scored(found, needs or Needs()) if s.platform.key == key)


def points(key: Key, criterion: str, found: Measured, needs: Needs | None = None) -> Points:
    return next(p for p in score(key, found, needs).points if p.criterion == criterion)


def excluded(found: Measured, needs: Needs | None = None) -> dict[Key, str]:
    return {s.platform.key: "; ".join(s.excluded) for s in scored(found, needs or Needs())}


def test_a_flat_load_stays_where_it_is() -> None:
    found = fit(of(FLAT), Needs())
    assert found.choice is not None
    assert found.choice.platform.key == "rds-multi-az"
    assert found.choice.confidence == "high"
    assert found.steps == ()
    serverless = points("aurora-serverless", "variability", of(FLAT))
    assert serverless.ratio == pytest.approx(0.3)
    assert serverless.reason.endswith("a flat load costs more there")


def test_a_spiky_load_goes_to_serverless() -> None:
    found = fit(of(SPIKY), Needs())
    assert found.choice is not None
    assert found.choice.platform.key == "aurora-serverless"
    assert found.acu is not None
    assert found.acu.min_acu == 0
    assert [s.calls for s in found.steps]
    assert points("rds-multi-az", "variability", of(SPIKY)).reason.endswith(
        "busy hours use 6.4 times what ordinary ones do, no client in 88 % of hours: "
        "it is paid for the peak"
    )


def test_idle_hours_count_though_busy_ones_are_alike() -> None:
    usage = load(0.05, connections_max=by_day(5.0, 0.0, 18))
    assert points("aurora-serverless", "variability", of(usage)).ratio == pytest.approx(1.0)


def test_nothing_known_changes_nothing() -> None:
    """What is not known counts for nobody; nothing but the change is left to judge by."""
    found = of(None, multi_az=False, tags=NOBODY, engine_version="9.9")
    (first, *_) = scored(found, Needs())
    assert first.platform.key == "rds-single-az"
    assert first.confidence == "low"
    judged = [p.criterion for p in first.points if p.ratio is not None]
    assert judged == ["reads", "change"]
    assert excluded(found)["aurora-serverless"] == (
        "the load is not known, so no range of capacity can be told"
    )


def test_criteria_are_the_same_for_all() -> None:
    """Else totals could not be compared."""
    for found in (of(FLAT), of(SPIKY), of(None)):
        sets = {
            tuple(p.criterion for p in s.points if p.ratio is not None)
            for s in scored(found, Needs(failover_seconds=60))
        }
        assert len(sets) == 1


def test_totals_are_of_what_was_judged() -> None:
    for one in scored(of(FLAT), Needs(second_region=True)):
        judged = [p for p in one.points if p.ratio is not None]
        assert 0 <= one.total <= 100
        assert one.total == pytest.approx(
            100 * sum(p.weight * (p.ratio or 0) for p in judged) / sum(p.weight for p in judged)
        )


@pytest.mark.parametrize("usage", [FLAT, SPIKY], ids=["flat", "spiky"])
def test_mariadb_has_no_aurora_and_no_cluster(usage: Snapshot[Any]) -> None:
    found = of(usage, engine="mariadb", engine_version="10.11.8")
    assert order(found) == ["rds-multi-az", "rds-single-az"]
    why = excluded(found)
    assert why["aurora"] == "there is no MariaDB on Aurora, provisioned"
    assert why["aurora-serverless"] == "there is no MariaDB on Aurora Serverless v2"
    assert why["rds-multi-az-cluster"] == "there is no MariaDB on RDS, Multi-AZ DB cluster"


def test_an_engine_that_is_not_ours_fits_nowhere() -> None:
    found = fit(of(engine="oracle-ee"), Needs())
    assert found.choice is None
    assert found.steps == ()


def test_200_tib_are_for_aurora_alone() -> None:
    needs = Needs(storage_bytes=200 * TIB)
    assert set(order(of(FLAT), needs)) == set(READY)
    assert excluded(of(FLAT), needs)["rds-multi-az"] == (
        "200.0 TB of storage are needed, 64.0 TB are the most"
    )
    assert points("aurora", "storage", of(FLAT), needs).ratio == pytest.approx(2 * (1 - 200 / 256))


@pytest.mark.parametrize(("version", "fits"), [("16.8", False), ("16.9", True)])
def test_the_volume_of_an_older_aurora_is_half(version: str, *, fits: bool) -> None:
    found = measured(Seen(aurora(engine_version=version), cluster(), FLAT))
    assert bool(excluded(found, Needs(storage_bytes=200 * TIB))["aurora"]) is not fits


def test_growth_counts_for_three_years() -> None:
    found = of(load(free_storage_min_bytes=0.0), allocated_bytes=20 * TIB)
    assert not excluded(found)["rds-multi-az"]
    assert not excluded(found, Needs(growth_ratio=0.47))["rds-multi-az"]  # 63.5 TiB
    assert "64.0 TB are the most" in excluded(found, Needs(growth_ratio=0.48))["rds-multi-az"]


def test_20_seconds_are_met_by_few() -> None:
    found, needs = of(FLAT), Needs(failover_seconds=20)
    assert order(found, needs)[:2] == ["rds-multi-az-cluster", "aurora"]
    why = excluded(found, needs)
    assert why["rds-multi-az"] == "a failover takes 60 s at best, 20 s are tolerated"
    assert why["rds-single-az"] == "it has no standby, and 20 s are tolerated"
    near = points("aurora", "failover", found, needs)
    assert near.weight == 40
    assert near.ratio == pytest.approx((20 / 30 + 20 / 60) / 2)
    assert near.reason == (
        "20 s are tolerated; it typically takes 60 s, often 30 s; needs a reader; RDS Proxy hides "
        "up to 66 % of it"
    )


def test_10_seconds_are_met_by_none() -> None:
    assert fit(of(FLAT), Needs(failover_seconds=10)).choice is None


def test_an_hour_leaves_time_to_restore() -> None:
    assert not excluded(of(FLAT), Needs(failover_seconds=3600))["rds-single-az"]
    assert excluded(of(FLAT), Needs(failover_seconds=3599))["rds-single-az"]


@pytest.mark.parametrize(
    ("given", "known"),
    [
        ({"multi_az": True, "tags": NOBODY}, True),
        ({"multi_az": False}, True),
        ({"multi_az": False, "tags": NOBODY}, False),
    ],
    ids=["it has a standby", "it is in production", "neither"],
)
def test_what_nobody_said_of_failover(given: dict[str, Any], *, known: bool) -> None:
    told = points("rds-single-az", "failover", of(FLAT, **given))
    assert (told.ratio == 0.0) is known
    assert told.reason.startswith("nobody said")


@pytest.mark.parametrize(
    ("wanted", "ratios"),
    [
        (0, (1.0, 1.0, 1.0)),
        (2, (0.5, 0.9, 1.0)),
        (3, (0.5, 0.5, 1.0)),
    ],
)
def test_replicas(wanted: int, ratios: tuple[float, ...]) -> None:
    keys: tuple[Key, ...] = ("rds-multi-az", "rds-multi-az-cluster", "aurora")
    needs = Needs(read_replicas=wanted)
    assert tuple(points(k, "reads", of(FLAT), needs).ratio for k in keys) == ratios


def test_16_replicas_are_too_many() -> None:
    why = excluded(of(FLAT), Needs(read_replicas=16))
    assert why["aurora"] == "16 replicas are wanted, 15 are the most"
    assert why["rds-multi-az-cluster"] == ""  # its two standbys can be read from
    assert excluded(of(FLAT), Needs(read_replicas=15))["aurora"] == ""


def test_operations_beyond_a_volume() -> None:
    found = of(load(operations_max_per_second=300_000.0))
    assert "256,000 are the most" in excluded(found)["rds-multi-az"]
    assert excluded(found)["aurora"] == ""


def test_a_load_beyond_serverless() -> None:
    found = of(load(0.9), vcpus=96)
    assert excluded(found)["aurora-serverless"] == ("the load takes 415 ACU, 256 are the most")


def test_a_second_region_speaks_for_aurora() -> None:
    needs = Needs(second_region=True)
    assert points("aurora", "second region", of(FLAT), needs).ratio == 1
    assert points("rds-multi-az", "second region", of(FLAT), needs).ratio == 0.5
    names = {p.criterion for s in scored(of(FLAT), Needs()) for p in s.points}
    assert "second region" not in names


def test_support_of_rds_mysql_ends_earlier() -> None:
    at = datetime(2026, 11, 1, tzinfo=UTC).timestamp()
    found = replace(of(FLAT, engine="mysql", engine_version="8.0.42"), at=at)
    ended = points("rds-multi-az", "support", found)
    assert (ended.ratio, ended.reason) == (0.0, "standard support of mysql 8.0 has ended")
    there = points("aurora", "support", found)
    assert there.ratio == pytest.approx(1.5 / 3, abs=0.01)
    assert there.reason == "aurora-mysql 8.0 has standard support for 1.5 years more"


def test_what_cannot_be_seen_is_to_be_checked() -> None:
    (extensions, version) = score("aurora", of(FLAT)).unchecked
    assert "extensions" in extensions
    assert "16.3" in version
    assert score("rds-multi-az", of(FLAT)).unchecked == ()
    on_mysql = score("aurora", of(FLAT, engine="mysql", engine_version="8.4.3"))
    assert "InnoDB" in on_mysql.unchecked[0]
    there = measured(Seen(aurora(), cluster(), FLAT))
    assert score("aurora-serverless", there).unchecked == ()


@pytest.mark.parametrize(
    ("busy", "first", "tie"),
    [
        (0.3, "aurora", ""),
        (0.7425, "aurora", "within 2 points of Aurora Serverless v2: what needs least change goes"),
        (0.8, "aurora-serverless", ""),
    ],
    ids=["far ahead", "a little behind", "far behind"],
)
def test_a_tie_goes_to_what_needs_least_change(busy: float, first: Key, tie: str) -> None:
    (best, *rest) = scored(measured(Seen(aurora(), cluster(), load(by_day(busy, 0.3)))), Needs())
    assert best.platform.key == first
    assert best.tie.startswith(tie)
    assert bool(best.tie) is bool(tie)
    assert (best.total < max(s.total for s in rest)) is bool(tie)


def test_a_serverless_cluster_with_a_flat_load() -> None:
    usage = hours(acu=8.0, acu_max=8.0, connections_max=9.0, operations_max_per_second=100.0)
    rows = aurora(instance_class="db.serverless", vcpus=None, memory_bytes=None)
    of_it = cluster(member("shop-1", writer=True), member("shop-2"), min_acu=0.5, max_acu=64.0)
    found = fit(measured(Seen(rows, of_it, usage)), Needs())
    assert found.choice is not None
    assert found.choice.platform.key == "aurora"


def test_every_limit_has_a_date_and_a_source() -> None:
    for platform in PLATFORMS:
        for limit in (platform.storage_bytes, platform.replicas, platform.failover_seconds):
            assert limit is None or limit.source.startswith("https://docs.aws.amazon.com/")
            assert limit is None or len(limit.as_of) == len("2026-04")
