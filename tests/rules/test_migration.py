from __future__ import annotations

from typing import Any

import pytest

from rules.fit.acu_range import acu_range
from rules.fit.measured import Measured, Seen, measured
from rules.fit.migration import Step, migration, operations
from rules.fit.platforms import PLATFORMS, Key
from rules.fit.target import Call
from tests.aws.models import wrong_request
from tests.aws.rows import GIB, aurora, cluster, hours, instance
from tests.rules.fits import FLAT, SPIKY, by_day, of

ON_SERVERLESS = {"instance_class": "db.serverless", "vcpus": None, "memory_bytes": None}
OF_CLUSTER = {"cluster": "shop", "role": "writer", "multi_az": None}
TODAY: dict[str, Measured] = {
    "rds-single-az": of(FLAT, multi_az=False),
    "rds-multi-az": of(SPIKY),
    "rds-multi-az-cluster": measured(
        Seen(instance(**OF_CLUSTER), cluster(engine="postgres"), FLAT)
    ),
    "aurora": measured(Seen(aurora(), cluster(), FLAT)),
    "aurora-serverless": measured(
        Seen(
            aurora(**ON_SERVERLESS),
            cluster(min_acu=0.5, max_acu=64.0),
            hours(acu=by_day(8.0, 2.0), volume_used_bytes=100.0 * GIB),
        )
    ),
    "mysql": of(FLAT, engine="mysql", engine_version="8.0.42"),
}  # fmt: skip


def way(found: Measured, to: Key) -> tuple[Step, ...]:
    return migration(found, to, acu_range(found))


def named(steps: tuple[Step, ...]) -> list[str]:
    return [c.operation for c in operations(steps) if not c.operation.startswith("describe")]


def call(steps: tuple[Step, ...], operation: str) -> dict[str, Any]:
    return dict(next(c.arguments for c in operations(steps) if c.operation == operation))


@pytest.mark.parametrize("to", [p.key for p in PLATFORMS])
@pytest.mark.parametrize("today", TODAY)
def test_rds_would_take_every_call(today: str, to: Key) -> None:
    steps = way(TODAY[today], to)
    stays = TODAY[today].platform == to
    assert bool(steps) is (not stays or to == "aurora-serverless")  # whose range may change
    for one in operations(steps):
        assert not wrong_request("rds", one.operation, dict(one.arguments)), one


def test_a_wrong_call_is_seen_as_wrong() -> None:
    """What the test above relies on."""
    wrong = Call("create_db_cluster", {"Engine": "aurora-postgresql", "Multi": True})
    assert "Multi" in wrong_request("rds", wrong.operation, dict(wrong.arguments))


def test_rds_leads_to_aurora_by_a_replica_that_is_promoted() -> None:
    steps = way(of(FLAT), "aurora")
    assert named(steps) == [
        "create_db_cluster", "create_db_instance", "create_db_instance",
        "promote_read_replica_db_cluster",
    ]  # fmt: skip
    made = call(steps, "create_db_cluster")
    assert made["ReplicationSourceIdentifier"].endswith(":db:orders-1")
    assert made["Engine"] == "aurora-postgresql"
    assert made["StorageEncrypted"] is True
    assert "ServerlessV2ScalingConfiguration" not in made
    assert call(steps, "create_db_instance")["DBInstanceClass"] == "db.r7g.large"
    promotion = next(n for n, s in enumerate(steps) if s.calls and "Promote" in s.words)
    assert "stop all writes" in steps[promotion - 1].words


def test_serverless_is_given_its_range() -> None:
    made = call(way(of(SPIKY), "aurora-serverless"), "create_db_cluster")
    assert made["ServerlessV2ScalingConfiguration"] == {
        "MinCapacity": 0, "MaxCapacity": 8, "SecondsUntilAutoPause": 300,
    }  # fmt: skip
    made = call(way(of(FLAT), "aurora-serverless"), "create_db_cluster")
    assert made["ServerlessV2ScalingConfiguration"] == {"MinCapacity": 2.5, "MaxCapacity": 5}


def test_a_replica_is_encrypted_as_its_source_is() -> None:
    assert (
        call(way(of(FLAT, encrypted=False), "aurora"), "create_db_cluster")["StorageEncrypted"]
        is False
    )


def test_backups_come_first() -> None:
    steps = way(of(FLAT, backup_retention_days=0), "aurora")
    assert named(steps)[:2] == ["modify_db_instance", "create_db_cluster"]
    assert call(steps, "modify_db_instance")["BackupRetentionPeriod"] == 7


@pytest.mark.parametrize(
    ("own", "to", "class_"),
    [
        ("db.m7g.xlarge", "aurora", "db.r7g.xlarge"),
        ("db.r6g.xlarge", "aurora", "db.r6g.xlarge"),
        ("db.t4g.medium", "aurora", "db.t4g.medium"),
        ("db.t3.small", "aurora", "db.r7g.large"),
        ("db.z9.huge", "aurora", "YOUR-CLASS"),
        ("db.r7g.xlarge", "rds-multi-az-cluster", "db.r6gd.xlarge"),
        ("db.m7g.xlarge", "rds-multi-az-cluster", "db.m6gd.xlarge"),
    ],
)
def test_classes(own: str, to: Key, class_: str) -> None:
    steps = way(of(FLAT, instance_class=own), to)
    described = call(steps, "describe_orderable_db_instance_options")
    assert described["DBInstanceClass"] == class_


def test_readers_are_made_for_replicas() -> None:
    made = named(way(of(FLAT, replicas=("a", "b", "c")), "aurora"))
    assert made.count("create_db_instance") == 4


def test_a_standby_is_a_setting() -> None:
    steps = way(TODAY["rds-single-az"], "rds-multi-az")
    assert named(steps) == ["modify_db_instance"]
    assert call(steps, "modify_db_instance")["MultiAZ"] is True
    assert call(way(of(FLAT), "rds-single-az"), "modify_db_instance")["MultiAZ"] is False


def test_a_cluster_of_rds_takes_the_volume_along() -> None:
    steps = way(of(FLAT, storage_type="io1", iops=9000), "rds-multi-az-cluster")
    made = call(steps, "create_db_cluster")
    assert (made["AllocatedStorage"], made["StorageType"], made["Iops"]) == (200, "io1", 9000)
    assert named(steps) == ["create_db_cluster", "promote_read_replica_db_cluster"]


def test_out_of_a_cluster_of_rds() -> None:
    steps = way(TODAY["rds-multi-az-cluster"], "rds-multi-az")
    assert named(steps) == ["create_db_instance_read_replica", "promote_read_replica"]
    made = call(steps, "create_db_instance_read_replica")
    assert (made["SourceDBClusterIdentifier"], made["MultiAZ"]) == ("shop", True)


def test_inside_aurora_it_fails_over() -> None:
    steps = way(TODAY["aurora"], "aurora-serverless")
    assert named(steps) == ["modify_db_cluster", "create_db_instance", "failover_db_cluster"]
    assert call(steps, "failover_db_cluster") == {
        "DBClusterIdentifier": "shop", "TargetDBInstanceIdentifier": "shop-1-new",
    }  # fmt: skip
    back = way(TODAY["aurora-serverless"], "aurora")
    assert named(back) == ["create_db_instance", "failover_db_cluster"]
    assert call(back, "create_db_instance")["DBInstanceClass"] == "db.r7g.large"  # 8 ACU are 16 GiB


def test_out_of_aurora_data_is_copied() -> None:
    steps = way(TODAY["aurora-serverless"], "rds-multi-az")
    made = call(steps, "create_db_instance")
    assert made["Engine"] == "postgres"
    assert made["AllocatedStorage"] == 130
    assert made["ManageMasterUserPassword"] is True
    assert any("pg_dump" in step.words for step in steps)


def test_a_range_that_is_right_stays() -> None:
    found = TODAY["aurora-serverless"]
    changed = call(way(found, "aurora-serverless"), "modify_db_cluster")
    assert changed["ServerlessV2ScalingConfiguration"] == {"MinCapacity": 2, "MaxCapacity": 64}
    answer = acu_range(found)
    assert answer is not None
    right = cluster(min_acu=answer.min_acu, max_acu=answer.max_acu)
    again = measured(Seen(aurora(**ON_SERVERLESS), right, hours(acu=by_day(8.0, 2.0))))
    assert way(again, "aurora-serverless") == ()


@pytest.mark.parametrize(
    ("given", "first"),
    [
        ({"role": "replica", "replica_source": "orders-0"}, "orders-0"),
        ({"role": "reader", "cluster": "shop"}, "the writer of shop"),
    ],
)
def test_replicas_and_readers_send_to_their_writer(given: dict[str, Any], first: str) -> None:
    (step,) = way(of(FLAT, **given), "aurora")
    assert step.words.startswith(f"Ask again for {first}:")
    assert step.calls == ()
