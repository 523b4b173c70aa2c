"""Alarms that AWS recommends for any instance of RDS."""

from __future__ import annotations

import math

from rules.upkeep.alarm import OVER, UNDER, About, Choice, LeftOut, RecommendedAlarm
from rules.wording import share, size


def of_instance(about: About) -> Choice:
    yield from _of_work(about)
    yield from _of_memory(about)
    yield from _of_storage(about)
    yield from _of_latency(about)
    if about.instance.replica_source is not None and not about.instance.aurora:
        yield _replica_lag(about)
    if about.instance.family == "postgres" and about.instance.role in ("instance", "writer"):
        yield _transaction_ids(about)


def _of_work(about: About) -> Choice:
    instance = about.instance
    yield RecommendedAlarm(
        "CPUUtilization", OVER, 90, "percent", 5, "More than this, and statements wait for CPU.",
        when_missing=about.gap, dimensions=about.own, essential=True,
    )  # fmt: skip
    if instance.serverless:
        return  # both limits follow its capacity
    if about.max_connections is None:
        yield LeftOut("DatabaseConnections", "max_connections is not known")
    else:
        yield RecommendedAlarm(
            "DatabaseConnections", OVER, math.floor(0.9 * about.max_connections), "count", 5,
            f"90 % of max_connections ({about.max_connections:,}); at the limit clients are "
            "refused.",
            when_missing=about.gap, dimensions=about.own, essential=True,
        )  # fmt: skip
    if not instance.insights:
        yield LeftOut("DBLoad", "there is no DBLoad without Performance Insights")
    elif instance.vcpus is None:
        yield LeftOut("DBLoad", "the number of CPUs of the class is not known")
    else:
        yield RecommendedAlarm(
            "DBLoad", OVER, instance.vcpus, "sessions", 15,
            f"More active sessions than CPUs ({instance.vcpus}): they queue.",
            dimensions=about.own, essential=True,
        )  # fmt: skip


def _of_memory(about: About) -> Choice:
    instance = about.instance
    if instance.serverless:
        return
    if instance.memory_bytes is None:
        yield LeftOut("FreeableMemory", "the memory of the class is not known")
        return
    ratio = 0.05 if instance.aurora else 0.25
    note = (
        " Lower it where a buffer pool of three quarters keeps it below at rest."
        if instance.family != "postgres" and not instance.aurora
        else ""
    )
    yield RecommendedAlarm(
        "FreeableMemory", UNDER, math.floor(ratio * instance.memory_bytes), "bytes", 15,
        f"{share(ratio)} of {size(instance.memory_bytes)}; below it swapping is near.{note}",
        when_missing=about.gap, dimensions=about.own,
    )  # fmt: skip


def _of_storage(about: About) -> Choice:
    instance = about.instance
    if instance.aurora:
        return
    if instance.allocated_bytes is None:
        yield LeftOut("FreeStorageSpace", "the size of the storage is not known")
    elif (instance.max_allocated_bytes or 0) > instance.allocated_bytes:
        yield LeftOut("FreeStorageSpace", "storage autoscaling lets the volume grow")
    else:
        yield RecommendedAlarm(
            "FreeStorageSpace", UNDER, math.floor(0.1 * instance.allocated_bytes), "bytes", 5,
            f"10 % of {size(instance.allocated_bytes)}; a full volume stops the database.",
            statistic="Minimum", when_missing="breaching", dimensions=about.own, essential=True,
        )  # fmt: skip
    yield from _of_credits(about)


def _of_credits(about: About) -> Choice:
    """Only classes that may exceed their baseline have credits to run out of."""
    link = about.instance.size
    operations = link and (link.baseline_operations_per_second, link.burst_operations_per_second)
    through = link and (link.baseline_bytes_per_second, link.burst_bytes_per_second)
    for metric, what in (("EBSIOBalance%", operations), ("EBSByteBalance%", through)):
        if what and what[0] is not None and what[0] == what[1]:
            continue
        yield RecommendedAlarm(
            metric, UNDER, 10, "percent", 3,
            "At 0 the class falls back to its baseline, and I/O gets slow.",
            dimensions=about.own, essential=metric == "EBSIOBalance%",
        )  # fmt: skip


def _of_latency(about: About) -> Choice:
    for metric, what in (("ReadLatency", "read"), ("WriteLatency", "write")):
        yield RecommendedAlarm(
            metric, OVER, 0.02, "seconds", 5,
            f"One {what} in ten takes longer; choose less where the disks are faster.",
            statistic="p90", dimensions=about.own,
        )  # fmt: skip


def _replica_lag(about: About) -> RecommendedAlarm:
    return RecommendedAlarm(
        "ReplicaLag", OVER, 60, "seconds", 10,
        "What it answers is a minute old; no data means that replication stopped.",
        statistic="Maximum", when_missing="breaching", dimensions=about.own, essential=True,
    )  # fmt: skip


def _transaction_ids(about: About) -> RecommendedAlarm:
    return RecommendedAlarm(
        "MaximumUsedTransactionIDs", OVER, 1e9, "count", 1,
        "Half of them; at about 2.1 billion all writes stop.",
        dimensions=about.own, essential=True,
    )  # fmt: skip
