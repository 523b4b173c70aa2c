"""What RDS did with the instance and its cluster: failovers, restarts, backups, maintenance."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from collectors.base import collector
from collectors.fields import gauge, label, note, row
from collectors.rds.needs import Action
from collectors.rds.resources import Resource, resources
from collectors.session import AwsSession
from collectors.snapshot import Snapshot

_FRESH_SECONDS = 290.0  # a little less than the time between two rounds
_ALL_MINUTES = 14 * 24 * 60
_RECENT_MINUTES = 60
# How long ago the last round may be for the recent ones to be enough: some are told late.
_TRUSTED_SECONDS = 45 * 60.0
_MOST = 200
_KINDS = {
    "db": "db-instance",
    "cluster": "db-cluster",
    "pg": "db-parameter-group",
    "cluster-pg": "db-parameter-group",
}


@row(exported=False)
class Event:
    """RDS keeps events for fourteen days. `categories` as failover, availability, restoration."""

    source: str = label(
        "Identifier of the instance, cluster or group; of the copy where it was restored to one."
    )
    at: float = gauge("Unix seconds.")
    categories: tuple[str, ...] = note()
    message: str = note("AWS's own sentence.")


@dataclass(slots=True)
class _Seen:
    """Between rounds: what was found, whose it is, and when AWS was asked."""

    events: frozenset[Event] = frozenset()
    of: frozenset[Resource] = field(default_factory=frozenset)
    asked_at: float = 0.0


@collector(
    Action("rds:DescribeEvents"),
    Action("rds:DescribeDBInstances"),
    Action("rds:DescribeDBClusters"),
    every=timedelta(minutes=5),
)
def events(aws: AwsSession) -> Snapshot[Event]:
    """Newest first, at most 200. All events are read once; then those of the last hour."""
    ours, seen, now = resources(aws), aws.keep(_Seen), aws.now()
    known = seen.of == ours and 0 <= now - seen.asked_at <= _TRUSTED_SECONDS
    found = _asked(aws, ours, _RECENT_MINUTES if known else _ALL_MINUTES)
    kept = frozenset(found) | (seen.events if known else frozenset())
    newest = sorted(
        (e for e in kept if e.at > now - _ALL_MINUTES * 60),
        key=lambda e: (-e.at, e.source, e.message),
    )[:_MOST]
    seen.events, seen.of, seen.asked_at = frozenset(newest), ours, now
    return Snapshot(now, tuple(newest))


def _asked(aws: AwsSession, ours: frozenset[Resource], minutes: int) -> Iterator[Event]:
    sources = {(_KINDS[kind], name) for kind, name in ours}
    copied = _copied(name for kind, name in sorted(ours) if kind in {"db", "cluster"})
    for found in aws.pages(
        "rds", "describe_events", "Events", fresh_seconds=_FRESH_SECONDS, Duration=minutes
    ):
        source = found.get("SourceType"), found.get("SourceIdentifier")
        if "Date" in found and (source in sources or _restored(found, copied)):
            yield Event(
                source=found.get("SourceIdentifier", ""),
                at=found["Date"].timestamp(),
                categories=tuple(found.get("EventCategories", ())),
                message=found.get("Message", ""),
            )


def _copied(names: Iterator[str]) -> re.Pattern[str]:
    """One of the names, or an automated snapshot of it: the name, a dash and the date."""
    some = "|".join(re.escape(name) for name in names)
    return re.compile(rf"(?<![\w-])(?:{some})(?![\w-]|\.\w)|\brds:(?:{some})-\d{{4}}-\d\d-\d\d")


def _restored(found: Mapping[str, Any], copied: re.Pattern[str]) -> bool:
    """A restore is an event of the new instance; what it was made of is in the sentence only."""
    told = "restoration" in found.get("EventCategories", ())
    return told and copied.search(found.get("Message", "")) is not None
