"""A volume that is not encrypted."""

from __future__ import annotations

from collections.abc import Iterator
from shlex import quote

from collectors.rds.cluster import Cluster
from collectors.rds.instance import Instance
from collectors.snapshot import Snapshot
from rules.base import RDS, Confidence, Finding, Remedy, Severity, rule
from rules.rds_holder import (
    Holder,
    add_member,
    copies,
    delete_snapshot,
    holder,
    look,
    name,
    renamed,
    snapshot_now,
    subject,
)
from rules.rds_wording import graded, in_region

_BEFORE, _KEY = "unencrypted", "alias/aws/rds"


@rule(
    title="The storage is not encrypted",
    severity=Severity.MEDIUM,
    confidence=Confidence.VALIDATED,
    engines=RDS,
    see=(
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.Encryption.html",
        "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Overview.Encryption.html",
    ),
)
def unencrypted_storage(
    instances: Snapshot[Instance], clusters: Snapshot[Cluster] | None
) -> Iterator[Finding]:
    """The volume, its backups and its snapshots are stored as they are.

    Why it matters
        Most rules for personal and payment data ask for encryption at rest. A snapshot that is
        shared by mistake can be read by whoever has it; an encrypted one needs the key too.

    What to do
        It can't be switched on in place: take a snapshot, make an encrypted database of it, and
        move the clients there.

    When to ignore
        Data that is public anyway. Read replicas are told of at their source. One severity lower
        where no tag tells the environment, not told where a tag names another than production.
    """
    (instance,) = instances.rows
    kept = holder(instance, clusters)
    if kept is None or kept.encrypted is not False or copies(instance):
        return
    severity = graded((*kept.tags, *instance.tags), Severity.MEDIUM)
    if severity is not None:
        yield Finding(
            subject=subject(kept),
            severity=severity,
            summary=f"The storage of {name(kept)} is not encrypted, nor are its backups.",
            evidence={
                "encrypted": False,
                "allocated_bytes": instance.allocated_bytes,
                "replicas": len(instance.replicas),
            },
            remedy=_remedy(kept, instance),
        )


def _remedy(kept: Holder, instance: Instance) -> Remedy:
    made = f"{name(kept)}-encrypted"
    return Remedy(
        text=(
            "Try it on a copy first and note how long it takes. Then stop the writes, run these, "
            "check the new database, give it the groups and settings of the old one, and move the "
            "clients. "
            "Where that is too long a stop, replicate to the new one and switch over."
        ),
        statements=(
            snapshot_now(kept, _BEFORE),
            *(
                _cluster(kept, instance, made)
                if isinstance(kept, Cluster)
                else _instance(kept, made)
            ),
        ),
        risk=(
            "The old database is not changed. What is written after the snapshot is not in the "
            "new one; it takes minutes to hours by size, and has a new address."
        ),
        verify=f"This gives true: {look(renamed(kept, made), 'StorageEncrypted')}",
        rollback="Clients stay on, or go back to, the old database; then: "
        f"{delete_snapshot(kept, _BEFORE)}",
    )


def _cluster(kept: Holder, instance: Instance, made: str) -> tuple[str, ...]:
    """Aurora encrypts while it restores."""
    at, shot = f"{in_region(kept.arn)}", quote(f"{name(kept)}-{_BEFORE}")
    return (
        f"aws rds wait db-cluster-snapshot-available --db-cluster-snapshot-identifier {shot} {at}",
        f"aws rds restore-db-cluster-from-snapshot --db-cluster-identifier {quote(made)} "
        f"--snapshot-identifier {shot} --engine {kept.engine} --kms-key-id {_KEY} {at}",
        add_member(made, f"{made}-1", instance),
    )


def _instance(kept: Holder, made: str) -> tuple[str, ...]:
    """RDS encrypts while it copies the snapshot."""
    at, shot = f"{in_region(kept.arn)}", quote(f"{name(kept)}-{_BEFORE}")
    copy = quote(f"{name(kept)}-encrypted")
    return (
        f"aws rds wait db-snapshot-available --db-snapshot-identifier {shot} {at}",
        f"aws rds copy-db-snapshot --source-db-snapshot-identifier {shot} "
        f"--target-db-snapshot-identifier {copy} --kms-key-id {_KEY} {at}",
        f"aws rds wait db-snapshot-available --db-snapshot-identifier {copy} {at}",
        f"aws rds restore-db-instance-from-db-snapshot --db-instance-identifier {quote(made)} "
        f"--db-snapshot-identifier {copy} {at}",
    )
