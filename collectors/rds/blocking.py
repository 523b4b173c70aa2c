"""Statements and sessions that others wait for, where Performance Insights tells of locks."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from collectors.base import collector
from collectors.fields import gauge, label, note, row
from collectors.rds.needs import Action, Insights
from collectors.session import AwsSession
from collectors.snapshot import Snapshot


@row(exported=False)
class Blocker:
    """Average active sessions that waited for it, over the last five minutes."""

    kind: Literal["statement", "session", "object"] = label()
    name: str = label("Digest, session id, or the kind and name of what is locked.")
    sessions: float = gauge("Average active sessions that waited.")
    query: str = note("Normalised text without literals; empty but for statements.")


@collector(
    Action("pi:DescribeDimensionKeys"),
    Action("pi:ListAvailableResourceDimensions"),
    Insights(),
    every=timedelta(minutes=5),
)
def blocking(aws: AwsSession) -> Snapshot[Blocker]:
    """NotOffered where the instance has none of the dimensions db.blocking_*."""
    raise NotImplementedError
