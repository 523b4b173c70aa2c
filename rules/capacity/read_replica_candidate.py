from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from shlex import quote

from collectors.rds.cluster import Cluster
from collectors.rds.instance import Instance
from collectors.rds.usage import UsedHour
from collectors.snapshot import Snapshot
from rules.base import Confidence, Finding, Remedy, Severity, rule
from rules.capacity.percentiles import known, last_week, percentile
from rules.rds_holder import add_member
from rules.rds_wording import in_region, of_instance
from rules.wording import share

_LEAST_HOURS = 160
_BUSY_RATIO = 0.7
_UNUSED_CONNECTIONS = 3
_LEAST_READS_PER_SECOND = 100.0


@dataclass(frozen=True, slots=True)
class _Week:
    busy_ratio: float
    read_ratio: float
    reads_per_second: float


@rule(
    title="Reads could go to a replica",
    severity=Severity.MEDIUM,
    confidence=Confidence.HEURISTIC,
    engines=("rds",),
    see=(
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ReadRepl.html",
        "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Replication.html",
    ),
)
def read_replica_candidate(
    instances: Snapshot[Instance],
    usage: Snapshot[UsedHour],
    clusters: Snapshot[Cluster] | None,
    *,
    mostly_reads_ratio: float = 0.7,
) -> Iterator[Finding]:
    """A busy writer mostly reads, and no replica takes reads from it; or a replica is unused.

    Why it matters
        Reads on the writer take the CPU and memory that writes can have nowhere else. A reader
        that is paid for and not used helps nobody but at a failover.

    What to do
        Send reads that may be a moment old to a reader: reports, lists, searches. Where there is
        none, add one.

    When to ignore
        Reads that must see their own writes. What is counted are reads of the volume: reads from
        memory and the kind of statement are not seen, hence a rule of thumb. Where readers
        exist it is low, since their load is told on their own targets. Readers and replicas
        without a client for a week are context: they may be there for failover only.
    """
    (instance,) = instances.rows
    hours = last_week(usage.rows)
    if instance.role in ("reader", "replica"):
        yield from _unused(instance, hours)
        return
    week = _week(instance, hours)
    if week and week.busy_ratio > _BUSY_RATIO and week.read_ratio >= mostly_reads_ratio:
        members = [m for c in clusters.rows for m in c.members] if clusters else []
        readers = [m.identifier for m in members if m.identifier != instance.identifier]
        if instance.cluster is None or members:  # else it is not known who is in the cluster
            yield _busy_writer(instance, week, [*readers, *instance.replicas])


def _week(instance: Instance, hours: Sequence[UsedHour]) -> _Week | None:
    """None where a week of it is not known, or it hardly reads from its volume."""
    cpu = known(h.cpu_ratio for h in hours)
    load = known(h.load_sessions for h in hours)
    both = [
        (h.read_operations_per_second, h.write_operations_per_second)
        for h in hours
        if h.read_operations_per_second is not None and h.write_operations_per_second is not None
    ]
    if len(cpu) < _LEAST_HOURS or len(both) < _LEAST_HOURS:
        return None
    reads, writes = (sum(column) / len(both) for column in zip(*both, strict=True))
    busy = [percentile(cpu, 0.95) or 0.0]
    if instance.vcpus and len(load) >= _LEAST_HOURS:
        busy.append((percentile(load, 0.95) or 0.0) / instance.vcpus)
    enough = reads >= _LEAST_READS_PER_SECOND
    return _Week(max(busy), reads / (reads + writes), reads) if enough else None


def _busy_writer(instance: Instance, week: _Week, readers: Sequence[str]) -> Finding:
    there = f", though it could read from {', '.join(readers)}" if readers else ""
    return Finding(
        subject=of_instance(instance),
        severity=Severity.LOW if readers else None,
        summary=f"{instance.identifier} is busy (load {share(week.busy_ratio)} of its CPUs), and "
        f"{share(week.read_ratio)} of its I/O are reads{there or '; it has no reader'}.",
        evidence={
            "busy_p95_ratio": week.busy_ratio,
            "read_ratio": week.read_ratio,
            "reads_per_second": week.reads_per_second,
            "readers": ", ".join(readers) or None,
        },
        remedy=_use_readers(instance) if readers else _add_reader(instance),
    )


def _use_readers(instance: Instance) -> Remedy:
    endpoint = "the reader endpoint of the cluster" if instance.cluster else "the replicas"
    return Remedy(
        text=f"Let the application send reads that may be a moment old to {endpoint}.",
        risk="Such reads do not see the newest writes: a reader is behind by milliseconds, under "
        "load by seconds.",
        verify="Connections and load of the readers grow, ReadIOPS of the writer fall.",
        rollback="Send the reads to the writer again.",
    )


def _add_reader(instance: Instance) -> Remedy:
    name = quote(f"{instance.identifier}-reader")
    same = f"--db-instance-class {instance.instance_class} {in_region(instance.arn)}"
    make = (
        add_member(instance.cluster, f"{instance.identifier}-reader", instance)
        if instance.cluster
        else f"aws rds create-db-instance-read-replica --db-instance-identifier {name} "
        f"--source-db-instance-identifier {quote(instance.identifier)} {same}"
    )
    snapshot = (
        ""
        if instance.cluster
        else " The first replica needs automated backups; without Multi-AZ the snapshot for it "
        "stalls I/O for about a minute."
    )
    return Remedy(
        text="Look first whether the top statements can be faster. Then add a reader and send it "
        "the reads that may be a moment old.",
        statements=(make,),
        risk=f"It is billed as an instance of its own.{snapshot} Reads there do not see the newest "
        "writes.",
        verify="ReadIOPS and CPU of the writer fall once the reads have moved.",
        rollback="Send the reads back, then: aws rds delete-db-instance "
        f"--db-instance-identifier {name} --skip-final-snapshot {in_region(instance.arn)}",
    )


def _unused(instance: Instance, hours: Sequence[UsedHour]) -> Iterator[Finding]:
    most = known(h.connections_max for h in hours)
    if len(most) < _LEAST_HOURS or max(most) > _UNUSED_CONNECTIONS:
        return
    yield Finding(
        subject=of_instance(instance),
        severity=Severity.INFO,
        summary=f"{instance.identifier} takes no reads: it never had more than {max(most):.0f} "
        "connections in a week.",
        evidence={"most_connections": max(most), "known_hours": len(most), "role": instance.role},
        remedy=_use_readers(instance),
    )
