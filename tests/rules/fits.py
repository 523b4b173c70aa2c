"""Loads of two weeks, for tests of what fits them."""

from __future__ import annotations

from typing import Any

from collectors.rds.usage import UsedHour
from collectors.snapshot import Snapshot
from rules.fit.measured import Measured, Seen, measured
from tests.aws.rows import GIB, hours, instance

HOURS = 14 * 24


def by_day(busy: float, rest: float, busy_hours: int = 3) -> list[float]:
    """So many hours of each day are busy."""
    return [busy if hour % 24 < busy_hours else rest for hour in range(HOURS)]


def load(cpu: list[float] | float = 0.3, **given: Any) -> Snapshot[UsedHour]:
    """Of 2 CPUs and 16 GiB; 60 GiB of 200 are in use, and someone is always connected."""
    about: dict[str, Any] = {
        "cpu_ratio": cpu, "cpu_max_ratio": cpu, "connections_max": 20.0,
        "freeable_memory_min_bytes": 8.0 * GIB, "free_storage_min_bytes": 140.0 * GIB,
        "operations_max_per_second": 900.0,
    }  # fmt: skip
    return hours(**{**about, **given})


FLAT = load()
SPIKY = load(by_day(0.8, 0.02), connections_max=by_day(20.0, 0.0))


def of(usage: Snapshot[UsedHour] | None = FLAT, **given: Any) -> Measured:
    """An RDS instance with a standby, unless said otherwise."""
    return measured(Seen(instance(**given), usage=usage))
