"""A parameter group that can't be changed."""

from __future__ import annotations

from collections.abc import Iterator
from shlex import quote

from collectors.rds.cluster import Cluster
from collectors.rds.instance import Instance
from collectors.snapshot import Snapshot
from rules.base import RDS, Confidence, Finding, Remedy, Severity, rule
from rules.rds_wording import graded, in_region, modify_instance, of_instance, reboot
from rules.upkeep.monitoring import check

_DEFAULT = "default."


@rule(
    title="The default parameter group is in use",
    severity=Severity.LOW,
    confidence=Confidence.VALIDATED,
    engines=RDS,
    see=(
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithParamGroups.html",
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithDBInstanceParamGroups.html",
    ),
)
def default_parameter_group(
    instances: Snapshot[Instance], clusters: Snapshot[Cluster] | None
) -> Iterator[Finding]:
    """The instance runs with AWS's own parameter group, which nobody can change.

    Why it matters
        In an incident no limit can be raised and no log switched on. A group of your own takes
        effect in full only after a reboot, so it has to be there before it is needed.

    What to do
        Make a group of your own of the same family; with nothing changed it behaves the same.

    When to ignore
        Short-lived instances. In a cluster one group of your own, of the cluster or of the
        instance, is enough. One severity lower where no tag tells the environment, not told where
        a tag names another than production.
    """
    (instance,) = instances.rows
    severity = graded(instance.tags, Severity.LOW)
    default = next((g.name for g in instance.parameter_groups if g.name.startswith(_DEFAULT)), None)
    if default is None or severity is None or not _cluster_has_default(instance, clusters):
        return
    yield Finding(
        subject=of_instance(instance),
        summary=f"{instance.identifier} uses {default}, in which nothing can be changed.",
        evidence={"parameter_group": default},
        severity=severity,
        remedy=_remedy(instance, default),
    )


def _cluster_has_default(instance: Instance, clusters: Snapshot[Cluster] | None) -> bool:
    """Or there is no cluster; False where it is not known."""
    if instance.cluster is None:
        return True
    rows = clusters.rows if clusters else ()
    return any(c.parameter_group.startswith(_DEFAULT) for c in rows)


def _remedy(instance: Instance, default: str) -> Remedy:
    name, family = quote(f"{instance.identifier}-own"), default.removeprefix(_DEFAULT)
    return Remedy(
        text="Make a group of your own, let the instance use it, and reboot at a quiet hour.",
        statements=(
            f"aws rds create-db-parameter-group --db-parameter-group-name {name} "
            f"--db-parameter-group-family {quote(family)} {in_region(instance.arn)} "
            f"--description {quote(f'parameters of {instance.identifier}')}",
            modify_instance(instance, f"--db-parameter-group-name {name}", when="now"),
            reboot(instance),
        ),
        risk="The first two change nothing yet. The reboot takes the database away for about a "
        "minute, and the cache is cold after it.",
        verify=check(
            instance,
            "DBParameterGroups[0]",
            f"{instance.identifier}-own with the status in-sync after the reboot",
        ),
        rollback=modify_instance(
            instance, f"--db-parameter-group-name {quote(default)}", when="now"
        ),
    )
