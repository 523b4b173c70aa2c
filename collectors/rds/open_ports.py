"""Security groups of the instance that let the whole internet reach its port."""

from __future__ import annotations

from datetime import timedelta

from collectors.base import collector
from collectors.fields import label, note, row
from collectors.rds.needs import Action
from collectors.session import AwsSession
from collectors.snapshot import Snapshot


@row(exported=False)
class OpenPort:
    """An ingress rule for 0.0.0.0/0 or ::/0 that includes the database's port."""

    group: str = label("Identifier of the security group.")
    source: str = label("The network it lets in.")
    from_port: int | None = note("None is every port.")
    to_port: int | None = note()
    rule: str = note("Identifier of the rule, empty where AWS does not tell.")


@collector(Action("ec2:DescribeSecurityGroupRules"), every=timedelta(minutes=15))
def open_ports(aws: AwsSession) -> Snapshot[OpenPort]:
    raise NotImplementedError
