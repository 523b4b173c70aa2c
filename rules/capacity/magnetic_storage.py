"""A volume of the magnetic type, which AWS replaces."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.rds.instance import Instance
from collectors.snapshot import Snapshot
from rules.base import Confidence, Finding, Impact, Remedy, Severity, rule
from rules.capacity.volume import FLEXIBLE_GIB, GIB, of_gp3
from rules.rds_holder import look, snapshot_now
from rules.rds_wording import graded, modify_volume, of_instance

_LEAST_GIB = 20


@rule(
    title="The volume is magnetic",
    severity=Severity.CRITICAL,
    confidence=Confidence.VALIDATED,
    engines=("rds",),
    see=("https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html",),
)
def magnetic_storage(instances: Snapshot[Instance]) -> Iterator[Finding]:
    """The storage is of type standard, which AWS has been replacing by gp3 since the end of April
    2026, at a time of its own choosing.

    Why it matters
        Magnetic storage does some hundred operations a second, as slowly as disks that turn. If
        you do not change it, AWS does, and clients lose their connections when that begins.

    What to do
        Change it to gp3 yourself, in a quiet hour. Plan for a day in which the instance takes no
        other change, no snapshot and no backup.

    When to ignore
        An instance that is deleted before long. One severity lower where no tag tells the
        environment, context only where a tag names another than production.
    """
    (instance,) = instances.rows
    if instance.storage_type != "standard" or instance.aurora:
        return
    gib = (instance.allocated_bytes or 0) // GIB
    target = max(gib, _LEAST_GIB)
    ability = of_gp3(target)
    options = ["--storage-type gp3"]
    if gib < _LEAST_GIB:
        options.append(f"--allocated-storage {_LEAST_GIB}")
    if target >= FLEXIBLE_GIB:
        options.append(f"--iops {ability.operations:.0f}")
    yield Finding(
        subject=of_instance(instance),
        severity=graded(instance.tags, Severity.CRITICAL, elsewhere=Severity.INFO),
        summary=(
            f"{instance.identifier} is on magnetic storage, which AWS replaces at a time of its "
            "own choosing: change it to gp3 when it suits you."
        ),
        evidence={
            "storage_type": instance.storage_type,
            "allocated_gib": gib or None,
            "gp3_operations_per_second": ability.operations,
        },
        impact=Impact(),
        remedy=Remedy(
            text="Take a snapshot, then change the type to gp3 in the maintenance window.",
            statements=(snapshot_now(instance, "before-gp3"), modify_volume(instance, *options)),
            risk=(
                "A short interruption when it begins. Then the database is up but slower, for "
                "hours and up to days; until it is done there are no backups, and the instance "
                "takes no other change."
            ),
            verify="The state is available again, and this gives gp3: "
            + look(instance, "StorageType"),
            rollback="None worth it: magnetic storage is going away.",
        ),
    )
