"""Database load by what sessions wait for and whose they are, from Performance Insights."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from collectors.base import collector
from collectors.fields import gauge, label, note, row
from collectors.rds.needs import Action, Insights
from collectors.session import AwsSession
from collectors.snapshot import Snapshot


@row(exported=False)
class DatabaseLoad:
    """Average active sessions of one thing, over the last quarter of an hour.

    `dimension` "total" has one row with empty names. A wait's `name` is its event, with its type
    beside it: "CPU" and "" where it waits for nothing, as in session samples. Only the largest of
    a dimension are here, so they need not add up to the total.
    """

    dimension: Literal["total", "wait", "user", "host", "database"] = label()
    wait_type: str = label("Empty but for waits.")
    name: str = label()
    sessions: float = gauge("Average active sessions.")
    points: tuple[tuple[float, float], ...] = note("Unix seconds and sessions, oldest first.")


@collector(Action("pi:GetResourceMetrics"), Insights(), every=timedelta(minutes=1))
def load(aws: AwsSession) -> Snapshot[DatabaseLoad]:
    """Minutes that are not there yet are left out, not taken for zero."""
    raise NotImplementedError
