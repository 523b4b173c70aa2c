"""What RDS did with the instance and its cluster: failovers, restarts, backups, maintenance."""

from __future__ import annotations

from datetime import timedelta

from collectors.base import collector
from collectors.fields import gauge, label, note, row
from collectors.rds.needs import Action
from collectors.session import AwsSession
from collectors.snapshot import Snapshot


@row(exported=False)
class Event:
    """RDS keeps events for fourteen days. `categories` as failover, availability, restoration."""

    source: str = label("Identifier of the instance, cluster or group.")
    at: float = gauge("Unix seconds.")
    categories: tuple[str, ...] = note()
    message: str = note("AWS's own sentence.")


@collector(Action("rds:DescribeEvents"), every=timedelta(minutes=5))
def events(aws: AwsSession) -> Snapshot[Event]:
    """Newest first."""
    raise NotImplementedError
