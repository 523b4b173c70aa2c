"""Whether the CPUs of an instance are used up, by CloudWatch and by Performance Insights."""

from __future__ import annotations

from collections.abc import Iterable

from collectors.rds.cloudwatch import CloudWatch
from collectors.rds.instance import Instance
from collectors.rds.load import DatabaseLoad
from collectors.snapshot import Snapshot
from rules.capacity.minutes import last
from rules.sessions.database_load import sessions, total, waits

_LEAST_MINUTES = 5


def full_minutes(
    instance: Instance,
    rows: Iterable[CloudWatch],
    *,
    full_ratio: float = 0.9,
    sustained_minutes: int = 5,
) -> tuple[float, ...]:
    """The use of CPU in the last minutes, if all of them were full; never of serverless."""
    busy = last(rows, sustained_minutes, lambda m: m.cpu_ratio)
    return () if instance.serverless or not busy or min(busy) <= full_ratio else busy


def cpu_sessions(load: Snapshot[DatabaseLoad]) -> float | None:
    """Sessions on CPU; None where the load is not broken down by waits."""
    known = any(row.dimension == "wait" for row in load.rows)
    return sessions(waits(load, "CPU")) if known else None


def queue_for_cpu(instance: Instance, load: Snapshot[DatabaseLoad]) -> bool:
    """More sessions are active than there are CPUs, and most of them are on CPU."""
    whole, on_cpu = total(load), cpu_sessions(load)
    if whole is None or not instance.vcpus or len(whole.points) < _LEAST_MINUTES:
        return False
    mostly = on_cpu is None or on_cpu >= whole.sessions / 2
    return mostly and whole.sessions > max(1.0, instance.vcpus)
