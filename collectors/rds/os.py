"""The operating system of the instance, from Enhanced Monitoring."""

from __future__ import annotations

from datetime import timedelta

from collectors.base import collector
from collectors.fields import gauge, note, row
from collectors.rds.needs import Action, EnhancedMonitoring
from collectors.session import AwsSession
from collectors.snapshot import Snapshot


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
    raise NotImplementedError
