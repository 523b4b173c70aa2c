"""What was measured of an instance, as far as the choice of a platform hangs on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from collectors.rds.cloudwatch import CloudWatch
from collectors.rds.cluster import Cluster
from collectors.rds.global_cluster import GlobalCluster
from collectors.rds.instance import Instance
from collectors.rds.usage import UsedHour
from collectors.snapshot import Snapshot
from rules.fit import hours as of
from rules.fit.hours import ACU_PER_VCPU, LEAST_HOURS, Spread
from rules.fit.platforms import Key
from rules.wording import size


@dataclass(frozen=True, slots=True)
class Seen:
    """What the collectors told; None where one did not answer.

    `queries_per_second` comes from the SQL side, where there is one.
    """

    instances: Snapshot[Instance]
    clusters: Snapshot[Cluster] | None = None
    usage: Snapshot[UsedHour] | None = None
    minutes: Snapshot[CloudWatch] | None = None
    globals_: Snapshot[GlobalCluster] | None = None
    queries_per_second: float | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    figure: str
    why: str


@dataclass(frozen=True, slots=True)
class Measured:
    """None is not known: `unknown` says why.

    `used_vcpus` are hourly averages, `peak_vcpus` the busiest minute that 99 of 100 hours do not
    exceed; the same for capacity units, on serverless. `idle_ratio` is the share of hours in which
    no client was connected.
    """

    at: float
    instance: Instance
    cluster: Cluster | None
    platform: Key
    hours: int
    used_vcpus: Spread | None
    peak_vcpus: float | None
    used_acu: Spread | None
    peak_acu: float | None
    acu_full_ratio: float | None
    used_memory_bytes: float | None
    storage_bytes: float | None
    growth_bytes_per_day: float | None
    operations_per_second: float | None
    queries_per_second: float | None
    idle_ratio: float | None
    replicas: int | None
    in_global: bool | None
    sql_connected: bool
    unknown: tuple[Unknown, ...] = ()

    @property
    def variability_ratio(self) -> float | None:
        """Busy hours against ordinary ones; a quarter of a vCPU is taken for the least there is."""
        if self.used_vcpus is None:
            return None
        least = 1 / ACU_PER_VCPU
        return max(self.used_vcpus.high, least) / max(self.used_vcpus.middle, least)


def measured(seen: Seen) -> Measured:
    (instance,) = seen.instances.rows
    cluster = next(iter(seen.clusters.rows), None) if seen.clusters else None
    hours = seen.usage.rows if seen.usage else ()
    acu = of.spread(hours, lambda h: h.acu) if instance.serverless else None
    found = Measured(
        at=seen.instances.taken_at,
        instance=instance,
        cluster=cluster,
        platform=_platform(instance),
        hours=len(hours),
        used_vcpus=of.used_vcpus(instance, hours),
        peak_vcpus=of.peak_vcpus(instance, hours),
        used_acu=acu,
        peak_acu=of.enough(hours, lambda h: h.acu_max, 0.99) if instance.serverless else None,
        acu_full_ratio=of.enough(hours, lambda h: h.acu_max_ratio, 0.99),
        used_memory_bytes=of.used_memory(instance, hours),
        storage_bytes=of.storage(instance, hours, seen.minutes.rows if seen.minutes else ()),
        growth_bytes_per_day=of.growth(instance, hours),
        operations_per_second=of.enough(hours, lambda h: h.operations_max_per_second, 0.99),
        queries_per_second=_queries(seen, hours),
        idle_ratio=of.idle(hours),
        replicas=_replicas(instance, cluster),
        in_global=_in_global(instance, seen.globals_),
        sql_connected=seen.queries_per_second is not None,
    )  # fmt: skip
    return replace(found, unknown=tuple(_unknown(found)))


def _platform(instance: Instance) -> Key:
    if instance.aurora:
        return "aurora-serverless" if instance.serverless else "aurora"
    if instance.cluster is not None:
        return "rds-multi-az-cluster"
    return "rds-multi-az" if instance.multi_az else "rds-single-az"


def _queries(seen: Seen, hours: Sequence[UsedHour]) -> float | None:
    told = of.enough(hours, lambda h: h.queries_per_second, 0.95)
    return seen.queries_per_second if told is None else told


def _replicas(instance: Instance, cluster: Cluster | None) -> int | None:
    """That can be read from: readers of the cluster, and read replicas."""
    if instance.cluster is None:
        return len(instance.replicas)
    return cluster.member_count - 1 + len(instance.replicas) if cluster else None


def _in_global(instance: Instance, globals_: Snapshot[GlobalCluster] | None) -> bool | None:
    if not instance.aurora:
        return False
    return bool(globals_.rows) if globals_ else None


def _unknown(found: Measured) -> Iterator[Unknown]:
    instance, few = found.instance, "CloudWatch has no data points of it"
    if found.hours < LEAST_HOURS:
        few = f"{found.hours} hours of CloudWatch are there, {LEAST_HOURS} are needed"
    sized = instance.serverless or instance.vcpus is not None
    reasons = {
        "load": few if sized else f"the CPUs of {instance.instance_class} are not known",
        "memory": few if instance.memory_bytes else "the memory of the class is not known",
        "storage": f"CloudWatch did not tell how much is used{_allocated(instance)}",
        "growth": few if found.hours < LEAST_HOURS else "storage goes up and down, or is not known",
        "I/O": few,
        "statements": "only Aurora MySQL tells AWS; a SQL connection would",
        "idle hours": few,
        "replicas": f"the members of {instance.cluster} were not told",
        "global database": "AWS was not asked, or did not answer",
    }
    values = {
        "load": found.used_vcpus,
        "memory": 0 if instance.serverless else found.used_memory_bytes,
        "storage": found.storage_bytes,
        "growth": found.growth_bytes_per_day,
        "I/O": found.operations_per_second,
        "statements": found.queries_per_second,
        "idle hours": found.idle_ratio,
        "replicas": found.replicas,
        "global database": found.in_global,
    }
    yield from (Unknown(name, reasons[name]) for name, value in values.items() if value is None)


def _allocated(instance: Instance) -> str:
    return f" ({size(instance.allocated_bytes)} are allocated)" if instance.allocated_bytes else ""
