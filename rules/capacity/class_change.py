"""What it takes to give an instance another class, in the words of a remedy."""

from __future__ import annotations

from shlex import quote

from collectors.rds.instance import Instance
from rules.base import Remedy
from rules.rds_holder import look
from rules.rds_wording import by_cluster, in_region, modify_instance, modify_own_cluster


def class_may_change(instance: Instance) -> bool:
    """Not while a change waits; members of a Multi-AZ DB cluster get theirs with the writer."""
    if "DBInstanceClass" in instance.pending_changes:
        return False
    return not by_cluster(instance) or instance.role == "writer"


def class_change(instance: Instance, to: str, text: str, risk: str, verify: str) -> Remedy:
    """Change the class in the maintenance window, once AWS says that the engine runs on it."""
    return Remedy(
        text=f"{text} The first command only reads: if it names no zone, this engine version is "
        "not offered on the class.",
        statements=(orderable(instance, to), _to(instance, to)),
        risk=f"{outage(instance)} {risk}".strip(),
        verify=f"{verify} After the window this gives {to}: {look(instance, 'DBInstanceClass')}",
        rollback=_to(instance, instance.instance_class),
    )


def orderable(instance: Instance, wanted: str) -> str:
    """Read only: the zones where this engine version runs on the class."""
    query = "OrderableDBInstanceOptions[].AvailabilityZones[].Name"
    return (
        f"aws rds describe-orderable-db-instance-options --engine {quote(instance.engine)} "
        f"--engine-version {quote(instance.engine_version)} --db-instance-class {wanted} "
        f"{in_region(instance.arn)} --query '{query}' --output text"
    )


def _to(instance: Instance, wanted: str) -> str:
    if by_cluster(instance):
        return modify_own_cluster(instance, f"--db-cluster-instance-class {wanted}")
    return modify_instance(instance, f"--db-instance-class {wanted}")


def outage(instance: Instance) -> str:
    """What a change of class does to clients."""
    if instance.aurora:
        return (
            "The instance is down for minutes while it changes. Change a reader first and fail "
            "over to it: then clients lose their connections for less than a minute."
        )
    if instance.multi_az or instance.cluster:
        return "Clients lose their connections once, as in a failover: some one to two minutes."
    return "The instance is down for minutes while it changes: it has no standby."
