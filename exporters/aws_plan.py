"""Calls of RDS as commands, as Python and as Terraform, for people to review and run."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from shlex import quote

from rules.fit.target import Argument, Call

# What Terraform calls otherwise than the API does.
_NAMES: Mapping[str, str] = {
    "DBClusterIdentifier": "cluster_identifier",
    "DBInstanceIdentifier": "identifier",
    "DBInstanceClass": "instance_class",
    "DBClusterInstanceClass": "db_cluster_instance_class",
    "DBSubnetGroupName": "db_subnet_group_name",
    "MultiAZ": "multi_az",
    "ServerlessV2ScalingConfiguration": "serverlessv2_scaling_configuration",
}
_ON_CLUSTER = {"MasterUsername": "master_username"}
_ON_INSTANCE = {"MasterUsername": "username"}
_PROMOTION = {
    "promote_read_replica_db_cluster": "take replication_source_identifier out of aws_rds_cluster",
    "promote_read_replica": "take replicate_source_db out of aws_db_instance",
}


def cli(call: Call, region: str) -> str:
    """One command of the AWS CLI."""
    verb = call.operation.replace("_", "-")
    options = (_option(name, value) for name, value in call.arguments.items())
    return " ".join((f"aws rds {verb}", f"--region {quote(region)}", *options))


def boto3_client(region: str) -> str:
    return f'import boto3\n\nrds = boto3.client("rds", region_name={json.dumps(region)})'


def boto3_call(call: Call) -> str:
    """Python source text."""
    lines = (f"    {name}={_python(value)}," for name, value in call.arguments.items())
    return "\n".join((f"rds.{call.operation}(", *lines, ")"))


def terraform(calls: Iterable[Call]) -> str:
    """Resources for what is made, the change for what is there, a remark for the rest."""
    return "\n\n".join(text for call in calls if (text := _resource(call)))


def _resource(call: Call) -> str:
    given = call.arguments
    of_cluster = call.operation.endswith("_db_cluster")
    name = str(given.get("DBClusterIdentifier" if of_cluster else "DBInstanceIdentifier", ""))
    kind = "aws_rds_cluster" if of_cluster else "aws_db_instance"
    if "DBInstanceIdentifier" in given and "DBClusterIdentifier" in given:
        kind = "aws_rds_cluster_instance"
    if call.operation.startswith("describe"):
        return ""
    if call.operation in _PROMOTION:
        return f"# Promotion: {_PROMOTION[call.operation]}.{_plain(name)} and apply."
    if call.operation == "failover_db_cluster":
        return "# Terraform does not fail over: use the command."
    if "SourceDBClusterIdentifier" in given:
        return "# Make this replica by the command, then import it as an aws_db_instance."
    remark = "# In the resource that is there:\n" if call.operation.startswith("modify") else ""
    body = "\n".join(_attributes(given, _ON_CLUSTER if of_cluster else _ON_INSTANCE))
    return f'{remark}resource "{kind}" "{_plain(name)}" {{\n{body}\n}}'


def _attributes(given: Mapping[str, Argument], names: Mapping[str, str]) -> Iterator[str]:
    """Blocks after the plain ones, which are aligned."""
    named = {_terraform_name(n, names): v for n, v in given.items()}
    plain = {n: v for n, v in named.items() if not isinstance(v, dict)}
    longest = max(len(n) for n in plain)
    yield from (f"  {n:<{longest}} = {_hcl(v)}" for n, v in plain.items())
    for name, value in named.items():
        if isinstance(value, dict):
            inside = max(len(_snake(n)) for n in value)
            inner = "\n".join(f"    {_snake(n):<{inside}} = {_hcl(v)}" for n, v in value.items())
            yield f"\n  {name} {{\n{inner}\n  }}"


def _terraform_name(name: str, names: Mapping[str, str]) -> str:
    return names.get(name) or _NAMES.get(name) or _snake(name)


def _option(name: str, value: Argument) -> str:
    dashed = f"--{_snake(name).replace('_', '-')}"
    match value:
        case bool():
            return dashed if value else f"--no-{dashed[2:]}"
        case dict():
            return f"{dashed} {','.join(f'{n}={v:g}' for n, v in value.items())}"
        case list():
            return " ".join((dashed, *(quote(v) for v in value)))
        case _:
            return f"{dashed} {quote(str(value))}"


def _snake(name: str) -> str:
    """DBClusterIdentifier is db_cluster_identifier, MultiAZ multi_az, …V2Scaling… v2_scaling."""
    parted = re.sub(r"([a-z0-9])([A-Z])|([A-Z])(?=[A-Z][a-z])", r"\1\3_\2", name)
    return parted.lower()


def _plain(name: str) -> str:
    return re.sub(r"\W", "_", name).lower()


def _python(value: Argument) -> str:
    return repr(value) if isinstance(value, bool) else json.dumps(value)


def _hcl(value: object) -> str:
    """As JSON, but for what Terraform would put a value in."""
    return json.dumps(value).replace("${", "$${").replace("%{", "%%{")
