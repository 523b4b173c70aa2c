"""The volume of an Aurora cluster nears the size that its version allows."""

from __future__ import annotations

import re
from collections.abc import Iterator

from collectors.rds.cloudwatch import CloudWatch
from collectors.rds.cluster import Cluster
from collectors.rds.usage import UsedHour
from collectors.snapshot import Snapshot
from rules.base import Confidence, Finding, Gain, Impact, Remedy, Severity, rule
from rules.capacity.minutes import latest, points
from rules.capacity.trend import seconds_until
from rules.rds_wording import of_cluster
from rules.wording import duration, share

_TIB = 2**40
# The first version of each line that takes 256 TiB; newer lines all do.
_POSTGRES = {13: None, 14: None, 15: 13, 16: 9, 17: 5}
_MYSQL = (3, 10)


@rule(
    title="The cluster's volume nears its limit",
    severity=Severity.HIGH,
    confidence=Confidence.VALIDATED,
    engines=("rds",),
    see=(
        "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/CHAP_Limits.html",
        "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Overview.StorageReliability.html",
    ),
)
def aurora_volume_near_limit(
    minutes: Snapshot[CloudWatch],
    clusters: Snapshot[Cluster],
    usage: Snapshot[UsedHour] | None,
    *,
    low_ratio: float = 0.2,
    urgent_seconds: float = 30 * 86_400,
) -> Iterator[Finding]:
    """Less than a fifth is left of the 128 or 256 TiB that an Aurora volume can grow to.

    Why it matters
        At the limit every write fails, and nothing can be bought to change that: the data has to
        become less, or the version newer.

    What to do
        On versions with the limit of 128 TiB, plan the upgrade that doubles it. Else drop or
        archive old partitions, or divide the data between clusters. Start now: moving tens of
        TiB takes weeks.

    When to ignore
        When the growth has ended for good. Told on the writer only.
    """
    for cluster in clusters.rows:
        used = latest(minutes.rows, lambda m: m.volume_used_bytes)
        left = latest(minutes.rows, lambda m: m.volume_left_bytes)
        limit = _limit_bytes(cluster)
        if left is None and used is not None and limit is not None:
            left = max(0.0, limit - used)
        elif left is not None and used is not None:
            limit = used + left
        aurora = cluster.engine.startswith("aurora")
        if not cluster.here or not aurora or left is None or limit is None:
            continue
        if left < low_ratio * limit:
            seconds = _seconds_left(usage, limit)
            yield _finding(cluster, left, limit, seconds, urgent_seconds)


def _limit_bytes(cluster: Cluster) -> float | None:
    """None for a version that is not understood; Aurora MySQL's is 8.0.mysql_aurora.3.08.0."""
    own = cluster.engine_version.rpartition("mysql_aurora.")[2]
    numbers = tuple(int(n) for n in re.findall(r"\d+", own))
    if len(numbers) < 2:  # noqa: PLR2004  a major and a minor version
        return None
    if "mysql" in cluster.engine:
        return (256 if numbers >= _MYSQL else 128) * _TIB
    first = _POSTGRES.get(numbers[0], 0)
    old = numbers[0] < min(_POSTGRES) or first is None or numbers[1] < first
    return (128 if old else 256) * _TIB


def _seconds_left(usage: Snapshot[UsedHour] | None, limit: float) -> float | None:
    hours = () if usage is None else points(usage.rows, lambda h: h.volume_used_bytes)
    return seconds_until(tuple((at, limit - used) for at, used in hours), 0)


def _finding(
    cluster: Cluster, left: float, limit: float, seconds: float | None, urgent_seconds: float
) -> Finding:
    urgent = seconds is not None and seconds < urgent_seconds
    when = "" if seconds is None else f"; at this rate it is full in {duration(seconds)}"
    small = limit < 200 * _TIB
    return Finding(
        subject=of_cluster(cluster),
        severity=Severity.CRITICAL if urgent else None,
        summary=(
            f"The volume of {cluster.cluster} has {left / _TIB:.1f} TiB left of the "
            f"{limit / _TIB:.0f} TiB it can grow to ({share(left / limit)}){when}."
        ),
        evidence={
            "left_bytes": left,
            "limit_bytes": limit,
            "left_ratio": left / limit,
            "full_in_seconds": seconds,
            "engine_version": cluster.engine_version,
        },
        impact=Impact(Gain.HEADROOM, 1 - left / limit),
        remedy=Remedy(
            text=(
                "Upgrade to a version whose limit is 256 TiB (Aurora PostgreSQL 17.5, 16.9 or "
                "15.13, Aurora MySQL 3.10, or newer)"
                if small
                else "Drop or archive old partitions, or divide the data between clusters"
            )
            + ", and see which tables grow.",
            risk=(
                "A minor upgrade restarts all instances of the cluster; a major one takes the "
                "writer down for minutes to hours. Rehearse it on a clone."
                if small
                else "Dropping takes an exclusive lock for a moment. The volume shrinks by itself "
                "in the hours after."
            ),
            verify="The limit is higher, or VolumeBytesUsed lower, a day later.",
            rollback="None: versions do not go back, and dropped data comes from a backup only.",
        ),
    )
