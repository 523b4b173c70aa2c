"""Rules of security groups that let the whole internet in, and the commands that end them."""

from __future__ import annotations

from collections.abc import Sequence
from shlex import quote

from collectors.rds.open_ports import OpenPort


def told(ports: Sequence[OpenPort]) -> str:
    """As ``sg-1 (0.0.0.0/0)``."""
    return ", ".join(f"{p.group} ({p.source})" for p in ports)


def close(ports: Sequence[OpenPort], region: str) -> tuple[str, ...]:
    return tuple(_command("revoke", p, region, _which(p)) for p in ports)


def let_in(group: str, port: int | None, region: str) -> str:
    """The command that admits another group to the port."""
    ports = f"IpProtocol=tcp,FromPort={port},ToPort={port}" if port else "IpProtocol=-1"
    return (
        f"aws ec2 authorize-security-group-ingress --group-id {quote(group)} --ip-permissions "
        f"{quote(f'{ports},UserIdGroupPairs=[{{GroupId=YOUR-GROUP}}]')} --region {region}"
    )


def reopen(ports: Sequence[OpenPort], region: str) -> tuple[str, ...]:
    return tuple(_command("authorize", p, region, _permission(p)) for p in ports)


def look_at(ports: Sequence[OpenPort], region: str) -> str:
    """The command that prints what the groups let in."""
    groups = " ".join(quote(group) for group in sorted({p.group for p in ports}))
    return (
        f"aws ec2 describe-security-groups --group-ids {groups} --region {region} "
        "--query 'SecurityGroups[].IpPermissions'"
    )


def _command(verb: str, port: OpenPort, region: str, which: str) -> str:
    return (
        f"aws ec2 {verb}-security-group-ingress --group-id {quote(port.group)} {which} "
        f"--region {region}"
    )


def _which(port: OpenPort) -> str:
    return f"--security-group-rule-ids {port.rule}" if port.rule else _permission(port)


def _permission(port: OpenPort) -> str:
    """All protocols, where AWS names no port."""
    ports = "IpProtocol=-1"
    if port.from_port is not None and port.to_port is not None:
        ports = f"IpProtocol=tcp,FromPort={port.from_port},ToPort={port.to_port}"
    network = "Ipv6Ranges=[{CidrIpv6=" if ":" in port.source else "IpRanges=[{CidrIp="
    return "--ip-permissions " + quote(f"{ports},{network}{port.source}}}]")
