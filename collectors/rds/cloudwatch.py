"""CloudWatch's metrics of the last quarter of an hour, minute by minute, in base units."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from collectors.base import collector
from collectors.fields import gauge, note, row
from collectors.rds.metric_kinds import kind_of
from collectors.rds.metric_rows import rows_of
from collectors.rds.metric_table import MINUTES
from collectors.rds.needs import Action
from collectors.session import AwsSession, NotOffered
from collectors.snapshot import Snapshot


def latest(values: Iterable[Any]) -> Any:
    """The last of the values there are: rows come oldest first."""
    (*_, last) = values
    return last


@row(noun="cloudwatch")
class CloudWatch:
    """One minute that began `at`; None where CloudWatch has no data point, which is not zero.

    Averages over the minute, unless said otherwise. Metrics that the engine, class or storage
    does not have are None in all minutes. ACU are capacity units of Serverless v2.
    """

    at: float = note("Unix seconds.")
    cpu_ratio: float | None = gauge("CPU in use; serverless: of the most it may have.", latest)
    cpu_credits: float | None = gauge("Credits left, in vCPU-minutes (T classes).", latest)
    cpu_surplus_credits_charged: float | None = gauge("Credits that are billed.", latest)
    burst_balance_ratio: float | None = gauge("I/O credits left (gp2).", latest)
    ebs_io_balance_ratio: float | None = gauge("Operations credits of the class left.", latest)
    ebs_byte_balance_ratio: float | None = gauge("Throughput credits of the class left.", latest)
    freeable_memory_bytes: float | None = gauge("Memory that could be freed.", latest)
    swap_used_bytes: float | None = gauge("Swap in use.", latest)
    free_storage_bytes: float | None = gauge("Free storage, least of the minute (RDS).", latest)
    free_local_storage_bytes: float | None = gauge(
        "Free space for temporary files (Aurora).", latest
    )
    read_operations_per_second: float | None = gauge("Reads of the volume.", latest)
    write_operations_per_second: float | None = gauge("Writes of the volume.", latest)
    read_bytes_per_second: float | None = gauge("Read from the volume.", latest)
    write_bytes_per_second: float | None = gauge("Written to the volume.", latest)
    read_latency_seconds: float | None = gauge("A read of the volume.", latest)
    write_latency_seconds: float | None = gauge("A write of the volume.", latest)
    read_latency_p90_seconds: float | None = gauge("90th percentile of a read.", latest)
    write_latency_p90_seconds: float | None = gauge("90th percentile of a write.", latest)
    queue_depth: float | None = gauge("Operations that wait for the volume.", latest)
    connections: float | None = gauge("Client connections.", latest)
    load_sessions: float | None = gauge("Average active sessions; absent without load.", latest)
    load_cpu_sessions: float | None = gauge("Of them, on CPU.", latest)
    load_waiting_sessions: float | None = gauge("Of them, waiting.", latest)
    replica_lag_seconds: float | None = gauge("Behind the source, most of the minute.", latest)
    replica_stopped: bool | None = gauge("Replication does not run.", latest)
    aurora_replica_lag_seconds: float | None = gauge("A reader behind its writer.", latest)
    aurora_replica_lag_max_seconds: float | None = gauge(
        "The slowest reader, on the writer.", latest
    )
    global_replication_lag_seconds: float | None = gauge("Secondary region behind.", latest)
    global_rpo_lag_seconds: float | None = gauge("What a failover would lose.", latest)
    commit_latency_seconds: float | None = gauge("A commit (Aurora).", latest)
    buffer_cache_hit_ratio: float | None = gauge("Reads from the cache (Aurora).", latest)
    deadlocks_per_second: float | None = gauge("Deadlocks (Aurora).", latest)
    used_transaction_ids: float | None = gauge("Age of the oldest id (PostgreSQL).", latest)
    oldest_slot_lag_bytes: float | None = gauge("Log the slowest slot holds back.", latest)
    slot_disk_bytes: float | None = gauge("Disk that replication slots hold.", latest)
    log_disk_bytes: float | None = gauge("Disk of the write-ahead log (PostgreSQL).", latest)
    history_list_length: float | None = gauge("Undo not purged (Aurora MySQL).", latest)
    blocked_transactions_per_second: float | None = gauge("Aurora MySQL, if monitored.", latest)
    memory_reserved: bool | None = gauge("Memory is short (Aurora MySQL).", latest)
    acu: float | None = gauge("Serverless: capacity in use.", latest)
    acu_ratio: float | None = gauge("Serverless: of the most it may have.", latest)
    volume_used_bytes: float | None = gauge("Size of the cluster's volume.", latest)
    volume_left_bytes: float | None = gauge("Room of the cluster's volume (Aurora MySQL).", latest)
    volume_reads_per_second: float | None = gauge("Billed reads of the cluster.", latest)
    volume_writes_per_second: float | None = gauge("Billed writes of the cluster.", latest)


@collector(
    Action("cloudwatch:GetMetricData"),
    Action("rds:DescribeDBInstances"),
    Action("rds:DescribeDBClusters"),
    every=timedelta(minutes=5),
)
def cloudwatch(aws: AwsSession) -> Snapshot[CloudWatch]:
    """The minutes between two rounds, and the quarter of an hour that rules look back."""
    kind = kind_of(aws)
    rows = rows_of(aws, CloudWatch, kind, MINUTES)
    if not rows:
        raise NotOffered(
            f"CloudWatch has no data point of the last 15 minutes for {aws.instance}: its status "
            f"is {kind.instance.status or 'unknown'}; look whether it runs, whether it is new, "
            "and whether the clock of this machine is right"
        )
    return Snapshot(aws.now(), rows)
