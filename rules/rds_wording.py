"""What RDS takes: commands of the AWS CLI for the things remedies change, and what tags say."""

from __future__ import annotations

from collections.abc import Iterable
from shlex import quote
from typing import Literal

from collectors.rds.cluster import Cluster
from collectors.rds.instance import Instance
from collectors.rds.parameters import Parameter
from rules.base import Subject

_ENVIRONMENTS = ("environment", "env", "stage", "tier")
_PRODUCTION = ("prod", "live")
_OTHER = ("dev", "test", "stag", "qa", "sandbox", "demo", "preview", "integration", "uat")


def of_instance(instance: Instance) -> Subject:
    return Subject("instance", instance.identifier)


def of_cluster(cluster: Cluster) -> Subject:
    return Subject("cluster", cluster.cluster)


def production(tags: Iterable[tuple[str, str]]) -> bool | None:
    """Whether the tag environment (env, stage, tier) says so; None where it says nothing."""
    for name, value in tags:
        said = value.lower()
        if name.lower().rpartition(":")[2] in _ENVIRONMENTS:
            if any(word in said for word in _OTHER):  # pre-prod and non-prod-test too
                return False
            if said.startswith(("pre", "non")):
                return False
            if any(word in said for word in _PRODUCTION):
                return True
    return None


def modify_instance(
    instance: Instance, *options: str, when: Literal["now", "window"] = "window"
) -> str:
    """Change an instance now, or in its maintenance window; ``--multi-az`` is an option."""
    at = "--apply-immediately" if when == "now" else "--no-apply-immediately"
    about = f"--db-instance-identifier {quote(instance.identifier)}"
    return _rds("modify-db-instance", about, instance.arn, *options, at)


def reboot(instance: Instance) -> str:
    about = f"--db-instance-identifier {quote(instance.identifier)}"
    return _rds("reboot-db-instance", about, instance.arn)


def modify_cluster(
    cluster: Cluster, *options: str, when: Literal["now", "window"] = "window"
) -> str:
    """The same for a cluster."""
    at = "--apply-immediately" if when == "now" else "--no-apply-immediately"
    about = f"--db-cluster-identifier {quote(cluster.cluster)}"
    return _rds("modify-db-cluster", about, cluster.arn, *options, at)


def modify_volume(
    instance: Instance, *options: str, when: Literal["now", "window"] = "window"
) -> str:
    """Change the storage; the members of a Multi-AZ DB cluster get theirs by the cluster."""
    if instance.cluster is None or instance.aurora:
        return modify_instance(instance, *options, when=when)
    at = "--apply-immediately" if when == "now" else "--no-apply-immediately"
    about = f"--db-cluster-identifier {quote(instance.cluster)}"
    kept = (o for o in options if not o.startswith("--storage-throughput"))  # not of a cluster's
    return _rds("modify-db-cluster", about, instance.arn, *kept, at)


def set_group_parameter(parameter: Parameter, value: str) -> str:
    """Change a parameter of a group; a static one waits for the next reboot."""
    return _of_group("modify", parameter, f"ParameterValue={_shorthand(value)},")


def reset_group_parameter(parameter: Parameter) -> str:
    """Give a parameter of a group its default back."""
    return _of_group("reset", parameter, "")


def _shorthand(value: str) -> str:
    """As the CLI's short notation takes it, where commas and braces have a meaning."""
    if not any(sign in value for sign in ",{}[]='\" "):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _of_group(verb: str, parameter: Parameter, value: str) -> str:
    kind = "db-cluster-parameter-group" if parameter.scope == "cluster" else "db-parameter-group"
    method = "pending-reboot" if parameter.static else "immediate"
    given = quote(f"ParameterName={parameter.parameter},{value}ApplyMethod={method}")
    return _rds(
        f"{verb}-{kind}", f"--{kind}-name {quote(parameter.group)}", "", "--parameters", given
    )


def _rds(operation: str, about: str, arn: str, *options: str) -> str:
    """The region is named: the CLI's own default may be another one."""
    parts = arn.split(":")
    region = f"--region {parts[3]}" if arn.count(":") > 3 else ""  # noqa: PLR2004
    return " ".join(word for word in ("aws rds", operation, about, region, *options) if word)
