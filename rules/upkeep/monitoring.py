"""Commands for what AWS watches of an instance, and words for what a change of it costs."""

from __future__ import annotations

from shlex import quote

from collectors.rds.instance import Instance
from rules.rds_wording import modify_instance

ONLINE = "No restart and no outage; AWS does it within minutes."


def watch(instance: Instance, *options: str) -> str:
    """Change it now; the members of a Multi-AZ DB cluster get it by the cluster."""
    if not by_cluster(instance):
        return modify_instance(instance, *options, when="now")
    return of_cluster(instance, *options)


def of_cluster(instance: Instance, *options: str) -> str:
    """Change the cluster of this instance now."""
    about = f"--db-cluster-identifier {quote(instance.cluster or '')} --region {instance.region}"
    return " ".join(("aws rds modify-db-cluster", about, *options, "--apply-immediately"))


def by_cluster(instance: Instance) -> bool:
    """It is a member of a Multi-AZ DB cluster, where the cluster is what is set."""
    return instance.cluster is not None and not instance.aurora


def told_elsewhere(instance: Instance) -> bool:
    """What is set on a cluster is told on its writer."""
    return by_cluster(instance) and instance.role != "writer"


def check(instance: Instance, what: str, expected: str) -> str:
    """A query of the CLI that shows whether it was done."""
    return (
        f"Within minutes this gives {expected}: aws rds describe-db-instances "
        f"--db-instance-identifier {quote(instance.identifier)} --region {instance.region} "
        f"--query 'DBInstances[0].{what}'"
    )
