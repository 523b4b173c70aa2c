"""A failover or restart a short while ago."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.rds.cluster import Cluster
from collectors.rds.events import Event
from collectors.rds.instance import Instance
from collectors.snapshot import Snapshot
from rules.base import RDS, Confidence, Finding, Remedy, Severity, rule
from rules.rds_holder import Holder, events_of, holder, name, subject
from rules.wording import duration

_RESTARTED = ("restart", "shutdown", "shut down", "reboot", "crash", "recovery of the db")
_SHOWN = 300


@rule(
    title="A failover or restart a short while ago",
    severity=Severity.INFO,
    confidence=Confidence.VALIDATED,
    engines=RDS,
    see=("https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Events.Messages.html",),
)
def recent_failover(
    events: Snapshot[Event],
    instances: Snapshot[Instance],
    clusters: Snapshot[Cluster] | None,
    *,
    recent_seconds: float = 7200,
) -> Iterator[Finding]:
    """RDS failed over or restarted the database in the last two hours: context for all the rest.

    Why it matters
        After a failover the cache is empty, connections come back all at once and counters begin
        anew. Slow statements and many reads right after it are its echo, not a cause.

    What to do
        Read the other findings in this light, and wait until the cache is warm. If nobody
        planned it, ask why: the events around it tell.

    When to ignore
        A planned failover, patch or reboot.
    """
    (instance,) = instances.rows
    places: list[Holder] = [instance]
    if instance.cluster is not None and (cluster := holder(instance, clusters)) is not None:
        places.append(cluster)
    since = events.taken_at - recent_seconds
    for place in places:
        seen = [e for e in events.rows if e.source == name(place) and e.at >= since and _is_one(e)]
        if seen:
            yield _finding(place, seen, events.taken_at)


def _is_one(event: Event) -> bool:
    said = event.message.lower()
    return "failover" in event.categories or any(word in said for word in _RESTARTED)


def _finding(place: Holder, seen: list[Event], now: float) -> Finding:
    latest = max(seen, key=lambda e: e.at)
    return Finding(
        subject=subject(place),
        summary=(
            f"{duration(max(0.0, now - latest.at))} ago RDS said of {name(place)}: "
            f"{latest.message.strip().rstrip('.')[:_SHOWN]}."
        ),
        evidence={
            "since_seconds": now - latest.at,
            "events": len(seen),
            "categories": ", ".join(latest.categories),
            "message": latest.message[:_SHOWN],
        },
        remedy=Remedy(
            text=(
                "If it was not planned, read what led to it. Clients that are still off have kept "
                "the old address: let them look up the name again."
            ),
            statements=(events_of(place, 180),),
            risk="None: nothing is changed.",
            verify="For two hours no further such event comes.",
            rollback="None needed: nothing is changed.",
        ),
    )
