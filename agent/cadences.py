"""Which collectors are asked together, and how often."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from collectors.base import Collector
from collectors.snapshots.sessions import SessionSample

Asked = Iterable[Collector[Any, Any]]


def by_lane(asked: Asked) -> dict[str, list[Collector[Any, Any]]]:
    """What is asked together at the start: of the server, and of AWS."""
    lanes: dict[str, list[Collector[Any, Any]]] = defaultdict(list)
    for collector in asked:
        lanes["aws" if collector.engine == "rds" else "server"].append(collector)
    return lanes


def executor_of(lane: str) -> str:
    return "aws" if lane == "aws" else "default"


def cadences(
    collectors: Iterable[Collector[Any, Any]],
) -> dict[tuple[str, float], list[Collector[Any, Any]]]:
    """One job a lane and interval; session samples have their own."""
    due: dict[tuple[str, float], list[Collector[Any, Any]]] = defaultdict(list)
    for collector in collectors:
        if collector.row is not SessionSample:
            lane = "aws" if collector.engine == "rds" else "collect"
            lane = "walk" if collector.per_database else lane
            due[lane, collector.every.total_seconds()].append(collector)
    return due


def jitter(seconds: float) -> float | None:
    return None if seconds <= 1 else min(seconds / 10, 5)
