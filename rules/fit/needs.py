"""What only the operator can say: how long an outage may be, what is to come, what it may cost."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Needs:
    """None is not said.

    `growth_ratio` is a year: 0.5 is half as much again. `storage_bytes` is what the data is to
    grow to, and goes before growth. `read_replicas` goes before those that are there.
    """

    failover_seconds: float | None = None
    growth_ratio: float | None = None
    storage_bytes: float | None = None
    read_replicas: int | None = None
    monthly_budget_dollars: float | None = None
    second_region: bool = False
