"""What was changed at AWS, and is not in force."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.rds.cluster import Cluster
from collectors.rds.instance import Instance
from collectors.snapshot import Snapshot
from collectors.snapshots.settings import Setting
from rules.base import RDS, Confidence, Finding, Remedy, Severity, rule
from rules.rds_wording import modify_instance, of_instance, production, reboot
from rules.upkeep.monitoring import check

_WAITING = "pending-reboot"


@rule(
    title="A change waits for a reboot or the maintenance window",
    severity=Severity.MEDIUM,
    confidence=Confidence.VALIDATED,
    engines=RDS,
    see=(
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithDBInstanceParamGroups.html",
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.DBInstance.Modifying.html",
    ),
)
def pending_reboot(
    instances: Snapshot[Instance],
    clusters: Snapshot[Cluster] | None,
    settings: Snapshot[Setting] | None,
) -> Iterator[Finding]:
    """A parameter group has changes that need a reboot, or attributes of the instance wait.

    Why it matters
        Whoever changed it believes it is in force. Changes of parameters wait for a reboot, even
        through maintenance windows, and come to life in the next failover or repair, in the
        middle of an incident.

    What to do
        Reboot at a quiet hour, or take the change back.

    When to ignore
        When the reboot is planned. Attributes alone (AWS does these by itself in the next window)
        and what is not production are one severity lower. Where the database itself names the
        settings that wait (pending-restart), groups are not told again.
    """
    (instance,) = instances.rows
    groups = () if _named(settings) else _groups(instance, clusters)
    if groups or instance.pending_changes:
        mild = not groups or production(instance.tags) is False
        yield Finding(
            subject=of_instance(instance),
            summary=f"On {instance.identifier} {_words(groups, instance)}: "
            "not in force until then.",
            evidence={
                "parameter_groups": ", ".join(groups) or None,
                "pending_changes": ", ".join(instance.pending_changes) or None,
                "maintenance_window": instance.maintenance_window,
            },
            severity=Severity.LOW if mild else Severity.MEDIUM,
            remedy=_remedy(instance, groups),
        )


def _named(settings: Snapshot[Setting] | None) -> bool:
    return any(s.pending_restart for s in (settings.rows if settings else ()))


def _groups(instance: Instance, clusters: Snapshot[Cluster] | None) -> tuple[str, ...]:
    """Those of the instance, and its cluster's where this member has not taken it over."""
    own = [g.name for g in instance.parameter_groups if g.status == _WAITING]
    return (*own, *(
        cluster.parameter_group
        for cluster in (clusters.rows if clusters else ())
        for member in cluster.members
        if member.identifier == instance.identifier and member.group_status == _WAITING
    ))  # fmt: skip


def _words(groups: tuple[str, ...], instance: Instance) -> str:
    changes = ", ".join(instance.pending_changes)
    waits = [f"a change in {' and '.join(groups)} waits for a reboot"] if groups else []
    waits += [f"a change of {changes} waits for the maintenance window"] if changes else []
    return " and ".join(waits)


def _remedy(instance: Instance, groups: tuple[str, ...]) -> Remedy:
    apply = modify_instance(instance, when="now")
    statements = ((apply,) if instance.pending_changes else ()) + (
        (reboot(instance),) if groups else ()
    )
    return Remedy(
        text="Find out who wanted the change. Then, at a quiet hour, have it take effect, or put "
        "the old value back.",
        statements=statements,
        risk="A reboot takes the database away for about a minute, longer where much has to be "
        "recovered, and the cache is cold after it. A change of class or storage that waits may "
        "take longer: read pending_changes first.",
        verify=check(
            instance,
            "[DBParameterGroups,PendingModifiedValues]",
            "in-sync for each group and nothing pending",
        ),
        rollback="Put the old value back in the parameter group, or of the attribute; what needed "
        "a reboot needs another.",
    )
