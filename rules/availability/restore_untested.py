"""Backups that nobody has restored lately."""

from __future__ import annotations

from collections.abc import Iterator
from shlex import quote

from collectors.rds.cluster import Cluster
from collectors.rds.events import Event
from collectors.rds.instance import Instance
from collectors.snapshot import Snapshot
from rules.base import RDS, Confidence, Finding, Remedy, Severity, rule
from rules.rds_holder import Holder, add_member, copies, holder, name, subject
from rules.rds_wording import in_region, production
from rules.wording import duration

_EVENTS_KEPT_DAYS = 14


@rule(
    title="No restore was seen in two weeks",
    severity=Severity.INFO,
    confidence=Confidence.HEURISTIC,
    engines=RDS,
    see=(
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIT.html",
        "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-pitr.html",
    ),
)
def restore_untested(
    events: Snapshot[Event],
    instances: Snapshot[Instance],
    clusters: Snapshot[Cluster] | None,
) -> Iterator[Finding]:
    """RDS keeps events for fourteen days, and none of them is a restore of this database.

    Why it matters
        A backup is as good as its last restore: only a test shows how long it takes, who may do
        it, which keys and groups it needs, and that the data is whole.

    What to do
        Restore to a new instance each month, read a few tables, note the time it took, and
        delete the copy.

    When to ignore
        Where restores are tested in another account or region: their events are not seen here.
        Told of databases that a tag environment calls production, and of no others.
    """
    (instance,) = instances.rows
    kept = holder(instance, clusters)
    if kept is None or not kept.backup_retention_days or copies(instance):
        return
    restored = any("restoration" in e.categories for e in events.rows)
    if restored or not production((*kept.tags, *instance.tags)):
        return
    at = kept.latest_restorable_at
    age = events.taken_at - at if at is not None else None
    newest = f"; it could be restored to {duration(max(0.0, age))} ago" if age is not None else ""
    yield Finding(
        subject=subject(kept),
        summary=(
            f"No restore of {name(kept)} is among the events of the last {_EVENTS_KEPT_DAYS} days"
            f"{newest}."
        ),
        evidence={
            "restores_seen": 0,
            "events_kept_days": _EVENTS_KEPT_DAYS,
            "restorable_age_seconds": age,
            "backup_retention_days": kept.backup_retention_days,
        },
        remedy=_remedy(kept, instance),
    )


def _remedy(kept: Holder, instance: Instance) -> Remedy:
    copy = f"{name(kept)}-restore-test"
    return Remedy(
        text=(
            "Restore to a new name, with the subnets and security groups of a test network if "
            "you have one. Read a few tables of the copy, note how long it took, delete it."
        ),
        statements=_restore(kept, instance, copy),
        risk=(
            "The database itself is not touched. The copy is charged for while it is there, and "
            "holds the same data: keep it as closed. It takes minutes to hours, by size."
        ),
        verify="The copy becomes available and its newest rows are as young as expected.",
        rollback="\n".join(_delete(kept, copy)),
    )


def _restore(kept: Holder, instance: Instance, copy: str) -> tuple[str, ...]:
    at = f"--use-latest-restorable-time {in_region(kept.arn)}"
    source = quote(name(kept))
    if isinstance(kept, Cluster):
        return (
            "aws rds restore-db-cluster-to-point-in-time "
            f"--source-db-cluster-identifier {source} --db-cluster-identifier {quote(copy)} {at}",
            add_member(copy, f"{copy}-1", instance),
        )
    return (
        "aws rds restore-db-instance-to-point-in-time "
        f"--source-db-instance-identifier {source} --target-db-instance-identifier {quote(copy)} "
        f"--no-multi-az --no-publicly-accessible --no-deletion-protection {at}",
    )


def _delete(kept: Holder, copy: str) -> tuple[str, ...]:
    where = f"--skip-final-snapshot {in_region(kept.arn)}"
    if isinstance(kept, Cluster):
        return (
            f"aws rds delete-db-instance --db-instance-identifier {quote(copy)}-1 {where}",
            f"aws rds delete-db-cluster --db-cluster-identifier {quote(copy)} {where}",
        )
    return (f"aws rds delete-db-instance --db-instance-identifier {quote(copy)} {where}",)
