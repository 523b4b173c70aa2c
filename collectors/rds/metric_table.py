"""Which metric of CloudWatch tells which field, by which statistic and in which unit."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from collectors.rds.metric_kinds import (
    Kind,
    anywhere,
    aurora_mysql_writer,
    aurora_reader,
    aurora_writer,
    aurora_writer_with_readers,
    burstable,
    follows,
    gp2,
    insights,
    local_storage,
    on_aurora,
    on_aurora_mysql,
    on_rds,
    postgres_log,
    postgres_writer,
    saves_storage_credits,
    serverless,
    tells_memory_state,
    tells_of_cluster,
    tells_of_global_database,
    tells_of_mysql_cluster,
)
from collectors.session import MetricQuery

PERCENT = 100.0
MILLISECONDS = 1000.0
FIVE_MINUTES = 300.0  # a count "per 5 minutes" is so many times the rate
_MEMORY_RESERVED = 10


@dataclass(frozen=True, slots=True)
class Metric:
    """`name` of CloudWatch tells `field` of a row, in so many to our unit, where `has` says so.

    Metrics of one field are added up, `less` is taken away. `state` reads a truth from a value.
    """

    field: str
    name: str
    statistic: str = "Average"
    to_unit: float = 1.0
    has: Callable[[Kind], bool] = anywhere
    of_cluster: bool = False
    less: bool = False
    state: Callable[[float], bool] | None = None

    def query(self, kind: Kind) -> MetricQuery:
        whose = (
            ("DBClusterIdentifier", kind.cluster)
            if self.of_cluster
            else ("DBInstanceIdentifier", kind.instance.identifier)
        )
        return MetricQuery(self.name, self.statistic, (whose,))

    def read(self, value: float) -> float | bool | None:
        """In our unit; -1 is CloudWatch's word for "there is none", as of slots or replication."""
        if not math.isfinite(value):
            return None
        if self.state:
            return self.state(value)
        return None if value < 0 else value / (-self.to_unit if self.less else self.to_unit)


@dataclass(frozen=True, slots=True)
class Table:
    """Metrics in the order of their worth: one row each `period_seconds` of `span_seconds`."""

    period_seconds: int
    span_seconds: int
    metrics: tuple[Metric, ...]


def _reserved(value: float) -> bool:
    return value >= _MEMORY_RESERVED


def _stopped(value: float) -> bool:
    return value < 0


MINUTES = Table(
    60,
    900,
    (
        Metric("cpu_ratio", "CPUUtilization", to_unit=PERCENT),
        Metric("freeable_memory_bytes", "FreeableMemory"),
        Metric("connections", "DatabaseConnections"),
        Metric("load_sessions", "DBLoad", has=insights),
        Metric("load_cpu_sessions", "DBLoadCPU", has=insights),
        # DBLoad is DBLoadCPU and DBLoadNonCPU: the third need not be paid for.
        Metric("load_waiting_sessions", "DBLoad", has=insights),
        Metric("load_waiting_sessions", "DBLoadCPU", has=insights, less=True),
        Metric("free_storage_bytes", "FreeStorageSpace", "Minimum", has=on_rds),
        Metric("free_local_storage_bytes", "FreeLocalStorage", has=local_storage),
        Metric("acu", "ServerlessDatabaseCapacity", has=serverless),
        Metric("acu_ratio", "ACUUtilization", to_unit=PERCENT, has=serverless),
        Metric("cpu_credits", "CPUCreditBalance", has=burstable),
        Metric("cpu_surplus_credits_charged", "CPUSurplusCreditsCharged", has=burstable),
        Metric("burst_balance_ratio", "BurstBalance", to_unit=PERCENT, has=gp2),
        Metric("ebs_io_balance_ratio", "EBSIOBalance%", to_unit=PERCENT, has=saves_storage_credits),
        Metric(
            "ebs_byte_balance_ratio", "EBSByteBalance%", to_unit=PERCENT, has=saves_storage_credits
        ),
        Metric("read_latency_p90_seconds", "ReadLatency", "p90"),
        Metric("write_latency_p90_seconds", "WriteLatency", "p90"),
        Metric("read_operations_per_second", "ReadIOPS"),
        Metric("write_operations_per_second", "WriteIOPS"),
        Metric("replica_lag_seconds", "ReplicaLag", "Maximum", has=follows),
        Metric("replica_stopped", "ReplicaLag", "Maximum", has=follows, state=_stopped),
        Metric(
            "aurora_replica_lag_seconds",
            "AuroraReplicaLag",
            "Maximum",
            to_unit=MILLISECONDS,
            has=aurora_reader,
        ),
        Metric(
            "aurora_replica_lag_max_seconds",
            "AuroraReplicaLagMaximum",
            "Maximum",
            to_unit=MILLISECONDS,
            has=aurora_writer_with_readers,
        ),
        Metric(
            "global_replication_lag_seconds",
            "AuroraGlobalDBReplicationLag",
            to_unit=MILLISECONDS,
            has=tells_of_global_database,
            of_cluster=True,
        ),
        Metric(
            "global_rpo_lag_seconds",
            "AuroraGlobalDBRPOLag",
            to_unit=MILLISECONDS,
            has=tells_of_global_database,
            of_cluster=True,
        ),
        Metric(
            "memory_reserved",
            "AuroraMemoryHealthState",
            "Maximum",
            has=tells_memory_state,
            state=_reserved,
        ),
        Metric("commit_latency_seconds", "CommitLatency", to_unit=MILLISECONDS, has=aurora_writer),
        Metric("buffer_cache_hit_ratio", "BufferCacheHitRatio", to_unit=PERCENT, has=on_aurora),
        Metric("used_transaction_ids", "MaximumUsedTransactionIDs", has=postgres_writer),
        Metric("history_list_length", "RollbackSegmentHistoryListLength", has=aurora_mysql_writer),
        Metric("deadlocks_per_second", "Deadlocks", has=aurora_writer),
        Metric("oldest_slot_lag_bytes", "OldestReplicationSlotLag", has=postgres_log),
        Metric("log_disk_bytes", "TransactionLogsDiskUsage", has=postgres_log),
        Metric("volume_used_bytes", "VolumeBytesUsed", has=tells_of_cluster, of_cluster=True),
        Metric(
            "volume_left_bytes",
            "AuroraVolumeBytesLeftTotal",
            has=tells_of_mysql_cluster,
            of_cluster=True,
        ),
        Metric(
            "volume_reads_per_second",
            "VolumeReadIOPs",
            to_unit=FIVE_MINUTES,
            has=tells_of_cluster,
            of_cluster=True,
        ),
        Metric(
            "volume_writes_per_second",
            "VolumeWriteIOPs",
            to_unit=FIVE_MINUTES,
            has=tells_of_cluster,
            of_cluster=True,
        ),
        Metric("swap_used_bytes", "SwapUsage"),
        Metric("slot_disk_bytes", "ReplicationSlotDiskUsage", has=postgres_log),
        Metric("read_bytes_per_second", "ReadThroughput"),
        Metric("write_bytes_per_second", "WriteThroughput"),
        Metric("queue_depth", "DiskQueueDepth"),
        Metric("blocked_transactions_per_second", "BlockedTransactions", has=aurora_mysql_writer),
        Metric("read_latency_seconds", "ReadLatency"),
        Metric("write_latency_seconds", "WriteLatency"),
    ),
)

HOURS = Table(
    3600,
    14 * 24 * 3600,
    (
        Metric("cpu_ratio", "CPUUtilization", to_unit=PERCENT),
        Metric("cpu_max_ratio", "CPUUtilization", "Maximum", to_unit=PERCENT),
        Metric("load_sessions", "DBLoad", has=insights),
        Metric("load_cpu_sessions", "DBLoadCPU", has=insights),
        Metric("connections_max", "DatabaseConnections", "Maximum"),
        Metric("freeable_memory_min_bytes", "FreeableMemory", "Minimum"),
        Metric("free_storage_min_bytes", "FreeStorageSpace", "Minimum", has=on_rds),
        Metric("read_operations_per_second", "ReadIOPS"),
        Metric("write_operations_per_second", "WriteIOPS"),
        Metric("operations_max_per_second", "ReadIOPS", "Maximum"),
        Metric("operations_max_per_second", "WriteIOPS", "Maximum"),
        Metric("acu", "ServerlessDatabaseCapacity", has=serverless),
        Metric("acu_max", "ServerlessDatabaseCapacity", "Maximum", has=serverless),
        Metric("acu_max_ratio", "ACUUtilization", "Maximum", to_unit=PERCENT, has=serverless),
        Metric("volume_used_bytes", "VolumeBytesUsed", has=tells_of_cluster, of_cluster=True),
        Metric("volume_operations", "VolumeReadIOPs", "Sum", has=tells_of_cluster, of_cluster=True),
        Metric(
            "volume_operations", "VolumeWriteIOPs", "Sum", has=tells_of_cluster, of_cluster=True
        ),
        Metric("queries_per_second", "Queries", has=on_aurora_mysql),
    ),
)
