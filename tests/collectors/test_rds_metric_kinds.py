"""Which metrics are asked of which kind of instance, and how many: each of them is paid for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

import pytest

from collectors.rds.classes import ClassSize
from collectors.rds.instance import instance_of
from collectors.rds.metric_kinds import Kind, kind_of
from collectors.rds.metric_rows import MOST_QUERIES, asked_of
from collectors.rds.metric_table import HOURS, MINUTES, Table
from tests.aws.kinds import aurora, multi_az_cluster, rds, secondary_region
from tests.aws.session import FakeAws
from tests.aws.shapes import db_instance

# Kinds and how many queries a round of minutes and a round of hours take of each.
KINDS: dict[str, tuple[Callable[[], FakeAws], int, int]] = {
    "PostgreSQL": (rds, 22, 11),
    "PostgreSQL without insights": (lambda: rds(PerformanceInsightsEnabled=False), 20, 9),
    "PostgreSQL, T class on gp2": (
        lambda: rds(DBInstanceClass="db.t4g.medium", StorageType="gp2"), 25, 11
    ),
    "PostgreSQL replica, T class on gp2": (
        lambda: rds(
            DBInstanceClass="db.t4g.medium", StorageType="gp2",
            ReadReplicaSourceDBInstanceIdentifier="orders-0",
        ), 25, 11,
    ),
    "MySQL": (lambda: rds("mysql"), 18, 11),
    "MariaDB replica": (
        lambda: rds("mariadb", ReadReplicaSourceDBInstanceIdentifier="orders-0"), 19, 11
    ),
    "Multi-AZ DB cluster, writer": (lambda: multi_az_cluster(writer=True), 22, 11),
    "Multi-AZ DB cluster, reader": (lambda: multi_az_cluster(writer=False), 22, 11),
    "Aurora PostgreSQL, writer": (aurora, 25, 13),
    "Aurora PostgreSQL, reader": (lambda: aurora(writer=False), 18, 10),
    "Aurora PostgreSQL, alone, no insights": (
        lambda: aurora(readers=0, PerformanceInsightsEnabled=False), 24, 11
    ),
    "Aurora PostgreSQL, serverless writer": (
        lambda: aurora(DBInstanceClass="db.serverless"), 25, 16
    ),
    "Aurora PostgreSQL, T class reader": (
        lambda: aurora(writer=False, DBInstanceClass="db.t4g.medium"), 20, 10
    ),
    "Aurora MySQL, writer": (lambda: aurora("aurora-mysql"), 25, 14),
    "Aurora MySQL, reader": (lambda: aurora("aurora-mysql", writer=False), 19, 11),
    "Aurora MySQL, serverless writer": (
        lambda: aurora("aurora-mysql", DBInstanceClass="db.serverless"), 25, 17
    ),
    "Aurora MySQL, first reader of a second region": (
        lambda: secondary_region("aurora-mysql"), 25, 14
    ),
    "Aurora MySQL, other reader of a second region": (
        lambda: secondary_region("aurora-mysql", first=False), 19, 11
    ),
}  # fmt: skip


def queries(kind: Kind, table: Table) -> set[str]:
    asked = {metric.query(kind) for metric in asked_of(kind, table)}
    return {f"{query.metric} {query.statistic}" for query in asked}


@pytest.mark.parametrize("name", KINDS)
def test_what_a_kind_of_instance_costs(name: str) -> None:
    made, minutes, hours = KINDS[name]
    kind = kind_of(made())
    assert (len(queries(kind, MINUTES)), len(queries(kind, HOURS))) == (minutes, hours)


ONLY = [
    ("CPUCreditBalance Average", "T class"),
    ("BurstBalance Average", "gp2"),
    ("ServerlessDatabaseCapacity Average", "serverless"),
    ("ACUUtilization Average", "serverless"),
    ("BufferCacheHitRatio Average", "Aurora"),
    ("AuroraMemoryHealthState Maximum", "Aurora MySQL"),
    ("AuroraReplicaLag Maximum", "Aurora, reader"),
    ("AuroraReplicaLagMaximum Maximum", "Aurora, writer"),
    ("CommitLatency Average", "Aurora, writer"),
    ("Deadlocks Average", "Aurora, writer"),
    ("RollbackSegmentHistoryListLength Average", "Aurora MySQL, writer"),
    ("AuroraGlobalDBRPOLag Average", "first reader of a second region"),
    ("ReplicaLag Maximum", "not Aurora, follows"),
    ("FreeStorageSpace Minimum", "not Aurora"),
    ("EBSIOBalance% Average", "not Aurora"),
    ("FreeLocalStorage Average", "Aurora, not serverless"),
    ("MaximumUsedTransactionIDs Average", "PostgreSQL, not following"),
    ("OldestReplicationSlotLag Average", "PostgreSQL, not of an Aurora reader"),
    ("DBLoad Average", "with insights"),
    ("VolumeBytesUsed Average", "tells of an Aurora cluster"),
    ("AuroraVolumeBytesLeftTotal Average", "tells of an Aurora MySQL cluster"),
]
_MEANT: dict[str, Callable[[str], bool]] = {
    "T class": lambda n: "T class" in n,
    "gp2": lambda n: "gp2" in n,
    "serverless": lambda n: "serverless" in n,
    "Aurora": lambda n: "Aurora" in n,
    "Aurora MySQL": lambda n: "Aurora MySQL" in n,
    "Aurora, reader": lambda n: "Aurora" in n and "reader" in n,
    "Aurora, writer": lambda n: "Aurora" in n and "writer" in n,
    "Aurora MySQL, writer": lambda n: "Aurora MySQL" in n and "writer" in n,
    "first reader of a second region": lambda n: "first reader" in n,
    "not Aurora, follows": lambda n: "Aurora" not in n and ("replica" in n or "reader" in n),
    "not Aurora": lambda n: "Aurora" not in n,
    "Aurora, not serverless": lambda n: "Aurora" in n and "serverless" not in n,
    "PostgreSQL, not following": lambda n: (
        ("PostgreSQL" in n or "Multi-AZ" in n) and "reader" not in n and "replica" not in n
    ),
    "PostgreSQL, not of an Aurora reader": lambda n: (
        ("PostgreSQL" in n or "Multi-AZ" in n) and not ("Aurora" in n and "reader" in n)
    ),
    "with insights": lambda n: "insights" not in n,
    "tells of an Aurora cluster": lambda n: (
        "Aurora" in n and any(w in n for w in ("writer", "alone", "first reader"))
    ),
    "tells of an Aurora MySQL cluster": lambda n: (
        "Aurora MySQL" in n and any(w in n for w in ("writer", "first reader"))
    ),
}


@pytest.mark.parametrize(("query", "who"), ONLY, ids=str)
def test_only_those_that_have_a_metric_are_asked(query: str, who: str) -> None:
    # The instance that is alone writes too; only what needs readers is not asked of it.
    def meant(name: str) -> bool:
        alone = "alone" in name and who == "Aurora, writer" and "Lag" not in query
        return alone or _MEANT[who](name)

    asking = {n for n, (made, *_) in KINDS.items() if query in queries(kind_of(made()), MINUTES)}
    assert asking == {name for name in KINDS if meant(name)}


def test_queries_are_asked_of_aurora_mysql_alone() -> None:
    asking = {
        n for n, (made, *_) in KINDS.items() if "Queries Average" in queries(kind_of(made()), HOURS)
    }
    assert asking == {name for name in KINDS if "Aurora MySQL" in name}


def _rds_kinds() -> Iterator[FakeAws]:
    classes = ("db.r7g.large", "db.t4g.medium", "db.m3.medium", "db.a1.medium")
    sources: tuple[dict[str, str], ...] = (
        {},
        {"ReadReplicaSourceDBInstanceIdentifier": "orders-0"},
    )
    engines = ("postgres", "mysql", "mariadb")
    for engine, size, storage, insights in product(
        engines, classes, ("gp2", "gp3", "io1", "standard"), (True, False)
    ):
        about = {
            "DBInstanceClass": size, "StorageType": storage, "PerformanceInsightsEnabled": insights
        }  # fmt: skip
        yield from (rds(engine, **about, **source) for source in sources)
        yield from (multi_az_cluster(writer=w, engine=engine, **about) for w in (True, False))


def _aurora_kinds() -> Iterator[FakeAws]:
    flavours = (
        ("aurora-postgresql", "16.6"),
        ("aurora-mysql", "8.0.mysql_aurora.3.04.0"),
        ("aurora-mysql", "8.0.mysql_aurora.3.08.0"),
    )
    classes = ("db.r7g.large", "db.t4g.medium", "db.serverless")
    worlds: tuple[dict[str, str], ...] = ({}, {"GlobalClusterIdentifier": "world"})
    for (engine, version), size, insights, writer, readers, world in product(
        flavours, classes, (True, False), (True, False), (0, 2), worlds
    ):
        if writer or readers:
            yield aurora(
                engine, writer=writer, readers=readers, of_cluster=world, EngineVersion=version,
                DBInstanceClass=size, PerformanceInsightsEnabled=insights,
            )  # fmt: skip
    yield from (secondary_region(engine) for engine, _ in flavours)


# What no room is left for on some instances of Aurora, the last of the table first.
SPARED = {
    "ReadLatency Average", "WriteLatency Average", "BlockedTransactions Average",
    "DiskQueueDepth Average", "ReadThroughput Average", "WriteThroughput Average",
    "ReplicationSlotDiskUsage Average",
}  # fmt: skip


def fitting(kind: Kind, table: Table) -> set[str]:
    return {f"{m.name} {m.statistic}" for m in table.metrics if m.has(kind)}


@pytest.mark.parametrize("table", [MINUTES, HOURS], ids=["minutes", "hours"])
def test_twenty_instances_of_any_kind_fit_one_call(table: Table) -> None:
    assert 20 * MOST_QUERIES <= 500
    for aws in (*_rds_kinds(), *_aurora_kinds()):
        kind = kind_of(aws)
        asked = queries(kind, table)
        assert len(asked) <= MOST_QUERIES
        spared = SPARED if kind.instance.aurora and table is MINUTES else set()
        assert fitting(kind, table) - asked <= spared, kind


@pytest.mark.parametrize(
    ("version", "told"),
    [
        ("8.0.mysql_aurora.3.06.0", False),
        ("8.0.mysql_aurora.3.06.1", True),
        ("8.0.mysql_aurora.3.10.0", True),
        ("5.7.mysql_aurora.2.12.0", False),
        ("", False),
    ],
)
def test_the_state_of_memory_is_told_from_3_06_1(version: str, told: bool) -> None:
    kind = kind_of(aurora("aurora-mysql", EngineVersion=version))
    assert ("AuroraMemoryHealthState Maximum" in queries(kind, MINUTES)) is told


@pytest.mark.parametrize(
    ("size", "asked"),
    [
        (ClassSize(2, 1, 12000, 12000, 6e8, 6e8), False),
        (ClassSize(2, 1, 3000, 12000, 6e8, 6e8), True),
        (ClassSize(2, 1, 12000, 12000, 1e8, 6e8), True),
        (ClassSize(2, 1), True),
        (None, True),
    ],
    ids=["never bursts", "operations burst", "bytes burst", "unknown", "class unknown"],
)
def test_storage_credits_are_asked_where_the_class_saves_them(
    size: ClassSize | None, asked: bool
) -> None:
    kind = Kind(instance_of(db_instance(), size, ()))
    found = queries(kind, MINUTES)
    assert ("EBSIOBalance% Average" in found) is ("EBSByteBalance% Average" in found) is asked


def test_metrics_of_the_cluster_and_of_the_instance_go_by_their_own_names() -> None:
    kind = kind_of(aurora("aurora-mysql", of_cluster={"GlobalClusterIdentifier": "world"}))
    asked = [(metric.query(kind).dimensions, metric.name) for metric in asked_of(kind, MINUTES)]
    of_cluster = {name for whose, name in asked if whose == (("DBClusterIdentifier", "shop"),)}
    of_instance = {name for whose, name in asked if whose == (("DBInstanceIdentifier", "shop-1"),)}
    assert of_cluster == {
        "AuroraGlobalDBReplicationLag", "AuroraGlobalDBRPOLag", "VolumeBytesUsed",
        "AuroraVolumeBytesLeftTotal", "VolumeReadIOPs", "VolumeWriteIOPs",
    }  # fmt: skip
    assert of_cluster | of_instance == {name for _, name in asked}
