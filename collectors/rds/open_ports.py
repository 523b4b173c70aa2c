"""Security groups of the instance that let the whole internet reach its port."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from collectors.base import collector
from collectors.fields import label, note, row
from collectors.rds.instance import described, fleet
from collectors.rds.needs import Action
from collectors.session import AwsSession, NotOffered
from collectors.snapshot import Snapshot

_FRESH_SECONDS = 890.0
_EVERYBODY = ("0.0.0.0/0", "::/0")
_EVERY_PROTOCOL = "-1"
# Of one filter.
_MOST_GROUPS = 200


@row(exported=False)
class OpenPort:
    """An ingress rule for 0.0.0.0/0 or ::/0 that includes the database's port."""

    group: str = label("Identifier of the security group.")
    source: str = label("The network it lets in.")
    from_port: int | None = note("None is every port.")
    to_port: int | None = note()
    rule: str = note("Identifier of the rule, empty where AWS does not tell.")


@collector(
    Action("ec2:DescribeSecurityGroupRules"),
    Action("rds:DescribeDBInstances"),
    Action("rds:DescribeDBClusters"),
    every=timedelta(minutes=15),
)
def open_ports(aws: AwsSession) -> Snapshot[OpenPort]:
    own = described(aws)
    if own.port is None:
        raise NotOffered(f"the instance {own.identifier} has no endpoint yet")
    ours = (r for r in _rules(aws) if r["GroupId"] in own.security_groups)
    return Snapshot(aws.now(), tuple(_open(r) for r in ours if _is_open(r, own.port)))


def _rules(aws: AwsSession) -> Iterator[Mapping[str, Any]]:
    """Of all groups that instances of the account use: one question serves all targets."""
    used = {g["VpcSecurityGroupId"] for i in fleet(aws) for g in i.get("VpcSecurityGroups", ())}
    groups = sorted(used)
    for start in range(0, len(groups), _MOST_GROUPS):
        yield from aws.pages(
            "ec2",
            "describe_security_group_rules",
            "SecurityGroupRules",
            fresh_seconds=_FRESH_SECONDS,
            Filters=[{"Name": "group-id", "Values": groups[start : start + _MOST_GROUPS]}],
        )


def _is_open(rule: Mapping[str, Any], port: int) -> bool:
    if rule.get("IsEgress", False) or _source(rule) not in _EVERYBODY:
        return False
    if rule["IpProtocol"] == _EVERY_PROTOCOL:
        return True
    ports = range(rule.get("FromPort", 0), rule.get("ToPort", -1) + 1)
    return rule["IpProtocol"] == "tcp" and port in ports


def _open(rule: Mapping[str, Any]) -> OpenPort:
    every = rule["IpProtocol"] == _EVERY_PROTOCOL
    return OpenPort(
        group=rule["GroupId"],
        source=_source(rule),
        from_port=None if every else rule["FromPort"],
        to_port=None if every else rule["ToPort"],
        rule=rule.get("SecurityGroupRuleId", ""),
    )


def _source(rule: Mapping[str, Any]) -> str:
    """Empty where it lets in a security group or a prefix list."""
    return rule.get("CidrIpv4") or rule.get("CidrIpv6") or ""
