"""Commands for what AWS watches of an instance, and words for what a change of it costs."""

from __future__ import annotations

from collectors.rds.instance import Instance
from rules.rds_holder import look
from rules.rds_wording import by_cluster, modify_either

ONLINE = "No restart and no outage; AWS does it within minutes."


def watch(instance: Instance, *options: str) -> str:
    """Change it now."""
    return modify_either(instance, *options, when="now")


def told_elsewhere(instance: Instance) -> bool:
    """What is set on a cluster is told on its writer."""
    return by_cluster(instance) and instance.role != "writer"


def check(instance: Instance, what: str, expected: str) -> str:
    """A query of the CLI that shows whether it was done."""
    return f"Within minutes this gives {expected}: {look(instance, what)}"
