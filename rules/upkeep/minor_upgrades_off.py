"""Fixes that nobody installs."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.rds.instance import Instance
from collectors.snapshot import Snapshot
from rules.base import RDS, Confidence, Finding, Remedy, Severity, rule
from rules.rds_wording import graded, of_instance
from rules.upkeep.monitoring import ONLINE, check, told_elsewhere, watch


@rule(
    title="Minor versions are not installed by AWS",
    severity=Severity.LOW,
    confidence=Confidence.VALIDATED,
    engines=RDS,
    see=(
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_UpgradeDBInstance.Upgrading.html",
    ),
)
def minor_upgrades_off(instances: Snapshot[Instance]) -> Iterator[Finding]:
    """Automatic minor version upgrades are off.

    Why it matters
        Minor versions close security holes and bugs that lose data. Without this they come when
        somebody remembers, and the oldest ones AWS replaces by force.

    What to do
        Switch it on and choose a maintenance window that suits; or upgrade by hand every quarter.

    When to ignore
        Where the version is pinned on purpose and somebody upgrades it. One severity lower where
        no tag tells the environment, not told where a tag names another than production.
    """
    (instance,) = instances.rows
    severity = graded(instance.tags, Severity.LOW)
    if instance.minor_upgrades is not False or severity is None or told_elsewhere(instance):
        return
    yield Finding(
        subject=of_instance(instance),
        summary=f"{instance.identifier} stays on {instance.engine} {instance.engine_version} until "
        "somebody upgrades it by hand.",
        evidence={
            "automatic_minor_upgrades": False,
            "engine_version": instance.engine_version,
            "maintenance_window": instance.maintenance_window,
        },
        severity=severity,
        remedy=Remedy(
            text="Let AWS install minor versions in the maintenance window "
            f"({instance.maintenance_window} UTC). In a cluster switch it on for every member.",
            statements=(watch(instance, "--auto-minor-version-upgrade"),),
            risk=f"{ONLINE} A later upgrade restarts the database in the maintenance window: "
            "seconds to some minutes without it, on all members of a cluster.",
            verify=check(instance, "AutoMinorVersionUpgrade", "true"),
            rollback=watch(instance, "--no-auto-minor-version-upgrade"),
        ),
    )
