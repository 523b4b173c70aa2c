"""Fixtures are in the documented format, none was recorded from AWS."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta
from typing import Any

import pytest

from collectors.rds.instance import Instance, UsedGroup, instance
from collectors.session import NotOffered, PermissionDenied
from tests.aws.kinds import aurora, fake, multi_az_cluster, rds
from tests.aws.session import NOW, FakeAws
from tests.aws.shapes import AT, aurora_member, db_cluster, db_instance

GIB, MIB = 2**30, 2**20


def seen(aws: FakeAws) -> Instance:
    (row,) = instance(aws).rows
    return row


def test_an_instance_of_rds() -> None:
    row = seen(
        rds(PendingModifiedValues={"DBInstanceClass": "db.r7g.xlarge", "AllocatedStorage": 9})
    )
    assert (row.identifier, row.resource_id, row.region) == ("orders-1", "db-ORDERS1", "eu-west-1")
    assert (row.engine, row.family, row.engine_version) == ("postgres", "postgres", "16.3")
    assert (row.role, row.cluster, row.replica_source) == ("instance", None, None)
    assert (row.vcpus, row.memory_bytes) == (2, 16 * GIB)
    assert (row.allocated_bytes, row.max_allocated_bytes) == (200 * GIB, 1000 * GIB)
    assert (row.iops, row.storage_bytes_per_second) == (3000, 125 * MIB)
    assert row.parameter_groups == (UsedGroup("orders-pg16", "in-sync"),)
    assert row.pending_changes == ("AllocatedStorage", "DBInstanceClass")
    assert row.security_groups == ("sg-0a1b2c3d",)
    assert row.created_at == NOW - 300 * 86_400
    assert row.certificate_valid_until == NOW + 300 * 86_400
    assert (row.host, row.port) == ("orders-1.abc123.eu-west-1.rds.amazonaws.com", 5432)
    assert row.tags == (("environment", "production"),)
    assert (row.aurora, row.serverless) == (False, False)


def test_what_is_asked_is_asked_of_the_whole_fleet() -> None:
    aws = rds()
    assert instance(aws).taken_at == NOW
    assert aws.asked == [
        ("rds:describe_db_instances", {}),
        ("rds:describe_db_clusters", {}),
        ("ec2:describe_instance_types", {"InstanceTypes": ["r7g.large"]}),
    ]


@pytest.mark.parametrize(
    ("aws", "role", "source"),
    [
        (rds(), "instance", None),
        (rds(ReadReplicaSourceDBInstanceIdentifier="orders-0"), "replica", "orders-0"),
        (rds(ReadReplicaSourceDBClusterIdentifier="orders"), "replica", "orders"),
        (aurora(), "writer", None),
        (aurora(writer=False), "reader", None),
        (multi_az_cluster(writer=True), "writer", None),
        (multi_az_cluster(writer=False), "reader", None),
    ],
    ids=[
        "alone",
        "replica of an instance",
        "replica of a Multi-AZ DB cluster",
        "writer of Aurora",
        "reader of Aurora",
        "writer of a Multi-AZ DB cluster",
        "reader of a Multi-AZ DB cluster",
    ],
)
def test_roles(aws: FakeAws, role: str, source: str | None) -> None:
    row = seen(aws)
    assert (row.role, row.replica_source) == (role, source)


def test_roles_follow_a_failover() -> None:
    aws = aurora()
    assert seen(aws).role == "writer"
    aws.answers["rds:describe_db_clusters"] = {
        "DBClusters": [db_cluster("shop", "shop-2", "shop-1")]
    }
    assert seen(aws).role == "reader"


def test_a_volume_of_aurora_has_no_size() -> None:
    """Aurora says 1 GiB and no throughput, which is not so."""
    row = seen(aurora(StorageThroughput=0))
    assert (row.allocated_bytes, row.max_allocated_bytes) == (None, None)
    assert (row.iops, row.storage_bytes_per_second) == (None, None)
    assert (row.aurora, row.cluster, row.promotion_tier) == (True, "shop", 1)


@pytest.mark.parametrize(
    ("engine", "family"),
    [
        ("postgres", "postgres"), ("aurora-postgresql", "postgres"), ("mysql", "mysql"),
        ("aurora-mysql", "mysql"), ("aurora", "mysql"), ("mariadb", "mariadb"),
    ],
)  # fmt: skip
def test_families(engine: str, family: str) -> None:
    assert seen(rds(engine)).family == family


def test_what_aws_does_not_tell_is_unknown() -> None:
    least = {
        "DBInstanceIdentifier": "orders-1",
        "DBInstanceClass": "db.r7g.large",
        "Engine": "postgres",
        "DbiResourceId": "db-ORDERS1",
    }
    row = seen(fake(least))
    told = {"identifier", "instance_class", "engine", "resource_id", "role", "vcpus"} | {
        "memory_bytes", "size",
    }  # fmt: skip
    for field in fields(Instance):
        value = getattr(row, field.name)
        assert (value not in (None, "", ())) == (field.name in told), field.name
        # Only texts and lists may be empty: neither False nor 0 stands for what is unknown.
        assert value is not False, field.name
        assert value != 0, field.name


def test_off_is_not_unknown() -> None:
    row = seen(
        rds(
            MultiAZ=False, PerformanceInsightsEnabled=False, MonitoringInterval=0,
            BackupRetentionPeriod=0, DeletionProtection=False,
        )
    )  # fmt: skip
    assert (row.multi_az, row.insights, row.deletion_protection) == (False, False, False)
    assert (row.monitoring_seconds, row.backup_retention_days) == (0, 0)


@pytest.mark.parametrize(
    ("features", "vcpus"),
    [
        ({"coreCount": "4", "threadsPerCore": "2"}, 8),
        ({"coreCount": "4", "threadsPerCore": "1"}, 4),
        ({"coreCount": "4"}, 4),
        ({"threadsPerCore": "1"}, 16),
        ({}, 16),
    ],
    ids=["cores and threads", "threads off", "cores only", "threads only", "all of the class"],
)
def test_processors_switched_off(features: dict[str, str], vcpus: int) -> None:
    given = [{"Name": name, "Value": value} for name, value in features.items()]
    row = seen(rds(DBInstanceClass="db.r5.4xlarge", ProcessorFeatures=given))
    assert row.vcpus == vcpus


def test_serverless_has_neither_cpus_nor_memory_of_its_own() -> None:
    aws = aurora(DBInstanceClass="db.serverless")
    row = seen(aws)
    assert (row.serverless, row.vcpus, row.memory_bytes, row.size) == (True, None, None, None)
    assert [key for key, _ in aws.asked] == [
        "rds:describe_db_instances",
        "rds:describe_db_clusters",
    ]


def test_ours_is_picked_from_all_pages() -> None:
    pages: list[dict[str, Any]] = [
        {"DBInstances": [db_instance("orders-2"), aurora_member("shop-1")], "Marker": "more"},
        {"DBInstances": [db_instance("orders-1", InstanceCreateTime=AT - timedelta(days=1))]},
    ]
    aws = rds()
    aws.answers["rds:describe_db_instances"] = pages
    assert (seen(aws).identifier, seen(aws).created_at) == ("orders-1", NOW - 86_400)


@pytest.mark.parametrize("others", [(), (db_instance("orders-10"),)], ids=["none", "another"])
def test_a_deleted_instance(others: tuple[dict[str, Any], ...]) -> None:
    aws = rds()
    aws.answers["rds:describe_db_instances"] = {"DBInstances": list(others)}
    with pytest.raises(NotOffered, match="no instance orders-1 in eu-west-1 any more"):
        instance(aws)


def test_denied() -> None:
    aws = rds()
    aws.answers["rds:describe_db_instances"] = PermissionDenied("needs the IAM action")
    with pytest.raises(PermissionDenied):
        instance(aws)


def test_clusters_that_may_not_be_seen() -> None:
    aws = rds()
    aws.answers["rds:describe_db_clusters"] = PermissionDenied("needs the IAM action")
    assert seen(aws).role == "instance"
