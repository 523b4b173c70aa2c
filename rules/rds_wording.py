"""What RDS takes: commands of the AWS CLI for the things remedies change, and what tags weigh."""

from __future__ import annotations

from collections.abc import Iterable
from shlex import quote
from typing import Literal, overload

from collectors.rds.cluster import Cluster
from collectors.rds.instance import Instance
from collectors.rds.parameters import Parameter
from rules.base import Severity, Subject

_ENVIRONMENTS = ("environment", "env", "stage", "tier")
_PRODUCTION = ("prod", "live")
_OTHER = ("dev", "test", "stag", "qa", "sandbox", "demo", "preview", "integration", "uat")
When = Literal["now", "window"]


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


@overload
def graded(
    tags: Iterable[tuple[str, str]], severity: Severity, elsewhere: Severity
) -> Severity: ...
@overload
def graded(
    tags: Iterable[tuple[str, str]], severity: Severity, elsewhere: None = None
) -> Severity | None: ...
def graded(
    tags: Iterable[tuple[str, str]], severity: Severity, elsewhere: Severity | None = None
) -> Severity | None:
    """As bad as said in production, one lower where no tag tells, `elsewhere` where it is not.

    None is not worth telling.
    """
    match production(tags):
        case True:
            return severity
        case None:
            return Severity(max(severity - 1, Severity.INFO))
    return elsewhere


def modify_instance(instance: Instance, *options: str, when: When = "window") -> str:
    """Change an instance now, or in its maintenance window; ``--multi-az`` is an option."""
    about = f"--db-instance-identifier {quote(instance.identifier)}"
    return _rds("modify-db-instance", about, instance.arn, *options, _at(when))


def modify_cluster(cluster: Cluster, *options: str, when: When = "window") -> str:
    """The same for a cluster."""
    about = f"--db-cluster-identifier {quote(cluster.cluster)}"
    return _rds("modify-db-cluster", about, cluster.arn, *options, _at(when))


def modify_own_cluster(instance: Instance, *options: str, when: When = "window") -> str:
    """Change the cluster that the instance is a member of."""
    about = f"--db-cluster-identifier {quote(instance.cluster or '')}"
    return _rds("modify-db-cluster", about, instance.arn, *options, _at(when))


def by_cluster(instance: Instance) -> bool:
    """A member of a Multi-AZ DB cluster, where most is set on the cluster."""
    return instance.cluster is not None and not instance.aurora


def modify_either(instance: Instance, *options: str, when: When = "window") -> str:
    """Change an instance; the members of a Multi-AZ DB cluster get it by the cluster."""
    modify = modify_own_cluster if by_cluster(instance) else modify_instance
    return modify(instance, *options, when=when)


def modify_volume(instance: Instance, *options: str, when: When = "window") -> str:
    """Change the storage; that of a Multi-AZ DB cluster has no throughput to set."""
    unknown = "--storage-throughput" if by_cluster(instance) else "none of them"
    return modify_either(instance, *(o for o in options if not o.startswith(unknown)), when=when)


def reboot(instance: Instance) -> str:
    about = f"--db-instance-identifier {quote(instance.identifier)}"
    return _rds("reboot-db-instance", about, instance.arn)


def set_group_parameter(instance: Instance, parameter: Parameter, value: str) -> str:
    """Change a parameter of the instance's group; a static one waits for the next reboot."""
    return _of_group("modify", instance, parameter, f"ParameterValue={_shorthand(value)},")


def reset_group_parameter(instance: Instance, parameter: Parameter) -> str:
    """Give a parameter of the instance's group its default back."""
    return _of_group("reset", instance, parameter, "")


def _shorthand(value: str) -> str:
    """As the CLI's short notation takes it, where commas and braces have a meaning."""
    if not any(sign in value for sign in ",{}[]='\" "):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _of_group(verb: str, instance: Instance, parameter: Parameter, value: str) -> str:
    kind = "db-cluster-parameter-group" if parameter.scope == "cluster" else "db-parameter-group"
    method = "pending-reboot" if parameter.static else "immediate"
    given = quote(f"ParameterName={parameter.parameter},{value}ApplyMethod={method}")
    about = f"--{kind}-name {quote(parameter.group)}"
    return _rds(f"{verb}-{kind}", about, instance.arn, "--parameters", given)


def in_region(arn: str) -> str:
    """The region is named in each command: the CLI's own default may be another one."""
    return f"--region {arn.split(':')[3]}" if arn.count(":") > 3 else "--region YOUR-REGION"  # noqa: PLR2004


def _at(when: When) -> str:
    return "--apply-immediately" if when == "now" else "--no-apply-immediately"


def _rds(operation: str, about: str, arn: str, *options: str) -> str:
    return " ".join(("aws rds", operation, about, in_region(arn), *options))
