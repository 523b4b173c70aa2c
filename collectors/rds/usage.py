"""How much the instance was used in the last fourteen days, hour by hour."""

from __future__ import annotations

from datetime import timedelta

from collectors.base import collector
from collectors.fields import gauge, note, row
from collectors.rds.metric_kinds import kind_of
from collectors.rds.metric_rows import rows_of
from collectors.rds.metric_table import HOURS
from collectors.rds.needs import Action
from collectors.session import AwsSession, NotOffered
from collectors.snapshot import Snapshot


@row(exported=False)
class UsedHour:
    """One hour that began `at`; None where CloudWatch has no data point, which is not zero.

    DBLoad is only there while Performance Insights is on and there was load.
    """

    at: float = note("Unix seconds.")
    cpu_ratio: float | None = gauge("Average.")
    cpu_max_ratio: float | None = gauge("Highest minute.")
    load_sessions: float | None = gauge("Average active sessions.")
    load_cpu_sessions: float | None = gauge("Average active sessions on CPU.")
    connections_max: float | None = gauge("Most client connections.")
    freeable_memory_min_bytes: float | None = gauge("Least memory that could be freed.")
    free_storage_min_bytes: float | None = gauge("Least free storage (RDS).")
    read_operations_per_second: float | None = gauge("Reads of the volume, average.")
    write_operations_per_second: float | None = gauge("Writes of the volume, average.")
    operations_max_per_second: float | None = gauge(
        "Reads of the minute with most, and writes of the one with most: an upper bound."
    )
    acu: float | None = gauge("Serverless: capacity in use, average.")
    acu_max: float | None = gauge("Serverless: capacity in use, most.")
    acu_max_ratio: float | None = gauge("Serverless: most capacity in use, of what is allowed.")
    volume_used_bytes: float | None = gauge("Size of the cluster's volume.")
    volume_operations: float | None = gauge("Billed reads and writes of the cluster, in all.")
    queries_per_second: float | None = gauge("Statements; only Aurora MySQL tells.")


@collector(
    Action("cloudwatch:GetMetricData"),
    Action("rds:DescribeDBInstances"),
    Action("rds:DescribeDBClusters"),
    every=timedelta(hours=6),
)
def usage(aws: AwsSession) -> Snapshot[UsedHour]:
    rows = rows_of(aws, UsedHour, kind_of(aws), HOURS)
    if not rows:
        raise NotOffered(
            f"CloudWatch has no data point of the last 14 days for {aws.instance}: look whether "
            "it ran, whether it is new, and whether the clock of this machine is right"
        )
    return Snapshot(aws.now(), rows)
