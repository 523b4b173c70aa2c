"""The operating system of the instance, from Enhanced Monitoring."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from collectors.base import collector
from collectors.fields import gauge, note, row
from collectors.rds.needs import Action, EnhancedMonitoring
from collectors.session import AwsSession, NotOffered, SessionError
from collectors.snapshot import Snapshot

_KB = 1024
_PERCENT = 100.0
_MILLISECONDS = 1000.0
_OLDEST_SECONDS = 600.0


@row(noun="rds_os")
class OperatingSystem:
    """One look of Enhanced Monitoring; None where this engine's host does not tell."""

    at: float = note("Unix seconds.")
    cpus: int | None = gauge("CPUs the host sees.")
    cpu_user_ratio: float | None = gauge("CPU in programs.")
    cpu_system_ratio: float | None = gauge("CPU in the kernel.")
    cpu_wait_ratio: float | None = gauge("CPU idle while I/O is under way.")
    cpu_steal_ratio: float | None = gauge("CPU that the host of the machine took.")
    load_one: float | None = gauge("Load average of a minute.")
    load_fifteen: float | None = gauge("Load average of a quarter of an hour.")
    memory_bytes: float | None = gauge("Memory of the machine.")
    memory_free_bytes: float | None = gauge("Free memory.")
    memory_cached_bytes: float | None = gauge("Cache of files.")
    huge_page_bytes: float | None = gauge("Memory set aside for huge pages.")
    swap_used_bytes: float | None = gauge("Swap in use.")
    swap_in_bytes_per_second: float | None = gauge("Read from swap.")
    swap_out_bytes_per_second: float | None = gauge("Written to swap.")
    tasks_blocked: int | None = gauge("Tasks that wait for I/O.")
    disk_await_seconds: float | None = gauge("An operation of the busiest disk.")
    disk_busy_ratio: float | None = gauge("Busy time of the busiest disk.")
    disk_queue: float | None = gauge("Queue of the busiest disk.")
    file_system_used_ratio: float | None = gauge("The fullest file system.")


@collector(Action("logs:GetLogEvents"), EnhancedMonitoring(), every=timedelta(minutes=1))
def os(aws: AwsSession) -> Snapshot[OperatingSystem]:
    answer = aws.call(
        "logs",
        "get_log_events",
        logGroupName="RDSOSMetrics",
        logStreamName=aws.resource_id,
        limit=1,
        startFromHead=False,
    )
    events = answer.get("events", ())
    if not events:
        raise NotOffered(f"Enhanced Monitoring has sent nothing of {aws.instance} yet")
    at = events[-1]["timestamp"] / _MILLISECONDS
    if (age := aws.now() - at) > _OLDEST_SECONDS:
        raise NotOffered(
            f"Enhanced Monitoring's newest look at {aws.instance} is {age / 60:.0f} minutes old; "
            "look whether the instance runs and its monitoring role may still write to the log "
            "group RDSOSMetrics"
        )
    return Snapshot(aws.now(), (_of(at, _parsed(events[-1].get("message", "")), aws.instance),))


def _parsed(message: str) -> Any:
    """None where it is no JSON; the text itself goes nowhere."""
    try:
        return json.loads(message)
    except ValueError:
        return None


def _of(at: float, look: Any, instance: str) -> OperatingSystem:
    if not isinstance(look, dict):
        raise SessionError(f"Enhanced Monitoring's newest look at {instance} is no JSON object")
    cpu, memory, swap = (_part(look, name) for name in ("cpuUtilization", "memory", "swap"))
    load, disk = _part(look, "loadAverageMinute"), _busiest(look)
    return OperatingSystem(
        at=at,
        cpus=_count(look, "numVCPUs"),
        cpu_user_ratio=_ratio(cpu, "user"),
        cpu_system_ratio=_ratio(cpu, "system"),
        cpu_wait_ratio=_ratio(cpu, "wait"),
        cpu_steal_ratio=_ratio(cpu, "steal"),
        load_one=_number(load, "one"),
        load_fifteen=_number(load, "fifteen"),
        memory_bytes=_bytes(memory, "total"),
        memory_free_bytes=_bytes(memory, "free"),
        memory_cached_bytes=_bytes(memory, "cached"),
        huge_page_bytes=_huge_pages(memory),
        swap_used_bytes=_swap_used(swap),
        swap_in_bytes_per_second=_bytes(swap, "in"),
        swap_out_bytes_per_second=_bytes(swap, "out"),
        tasks_blocked=_count(_part(look, "tasks"), "blocked"),
        disk_await_seconds=_await(disk),
        disk_busy_ratio=_ratio(disk, "util"),
        disk_queue=_first(_number(disk, "avgQueueLen"), _number(disk, "diskQueueDepth")),
        file_system_used_ratio=_fullest(look),
    )


def _part(look: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = look.get(name)
    return part if isinstance(part, dict) else {}


def _list(look: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    members = look.get(name)
    return [m for m in members if isinstance(m, dict)] if isinstance(members, list) else []


def _number(part: Mapping[str, Any], name: str) -> float | None:
    """None too where it is NaN, which JSON as Python reads it has."""
    value = part.get(name)
    return value if isinstance(value, int | float) and math.isfinite(value) else None


def _count(part: Mapping[str, Any], name: str) -> int | None:
    value = _number(part, name)
    return None if value is None else int(value)


def _bytes(part: Mapping[str, Any], name: str) -> float | None:
    value = _number(part, name)
    return None if value is None else value * _KB


def _ratio(part: Mapping[str, Any], name: str) -> float | None:
    value = _number(part, name)
    return None if value is None else value / _PERCENT


def _first(*values: float | None) -> float | None:
    return next((value for value in values if value is not None), None)


def _huge_pages(memory: Mapping[str, Any]) -> float | None:
    """`hugePagesTotal` counts pages, `hugePagesSize` is the size of one."""
    pages, size = _number(memory, "hugePagesTotal"), _bytes(memory, "hugePagesSize")
    return None if pages is None or size is None else pages * size


def _swap_used(swap: Mapping[str, Any]) -> float | None:
    total, free = _bytes(swap, "total"), _bytes(swap, "free")
    return None if total is None or free is None else total - free


def _busiest(look: Mapping[str, Any]) -> Mapping[str, Any]:
    def busy(disk: Mapping[str, Any]) -> tuple[float, float]:
        queue = _first(_number(disk, "avgQueueLen"), _number(disk, "diskQueueDepth"))
        return _number(disk, "util") or 0.0, queue or 0.0

    return max(_list(look, "diskIO"), key=busy, default={})


def _await(disk: Mapping[str, Any]) -> float | None:
    """Aurora's volume tells reads and writes apart: weighed by how many there were of each."""
    known = _number(disk, "await")
    if known is not None:
        return known / _MILLISECONDS
    took = operations = 0.0
    for latency, rate in (("readLatency", "readIOsPS"), ("writeLatency", "writeIOsPS")):
        each, count = _number(disk, latency), _number(disk, rate)
        if each is not None and count is not None:
            took, operations = took + each * count, operations + count
    return took / operations / _MILLISECONDS if operations else None


def _fullest(look: Mapping[str, Any]) -> float | None:
    used = (_ratio(system, "usedPercent") for system in _list(look, "fileSys"))
    return max((ratio for ratio in used if ratio is not None), default=None)
