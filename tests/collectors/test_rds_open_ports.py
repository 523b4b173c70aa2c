"""Answers are in the documented format, not recorded from AWS."""

from __future__ import annotations

from typing import Any

import pytest

from collectors.rds.open_ports import OpenPort, open_ports
from collectors.session import NotOffered, PermissionDenied
from tests.aws.fleets import fleet
from tests.aws.session import FakeAws
from tests.aws.shapes import db_instance

ASKED = "ec2:describe_security_group_rules"


def rule(name: str = "sgr-1", **given: Any) -> dict[str, Any]:
    """A member of DescribeSecurityGroupRules that lets everybody reach PostgreSQL."""
    return {
        "SecurityGroupRuleId": name,
        "GroupId": "sg-ours",
        "IsEgress": False,
        "IpProtocol": "tcp",
        "FromPort": 5432,
        "ToPort": 5432,
        "CidrIpv4": "0.0.0.0/0",
        **given,
    }


def from_(**source: Any) -> dict[str, Any]:
    found = rule(**source)
    del found["CidrIpv4"]
    return found


def member(name: str, *groups: str, **given: Any) -> dict[str, Any]:
    used = [{"VpcSecurityGroupId": group, "Status": "active"} for group in groups]
    return db_instance(name, VpcSecurityGroups=used, **given)


def asked(*rules: dict[str, Any]) -> FakeAws:
    answers = fleet(member("billing-1", "sg-theirs"), member("orders-1", "sg-ours", "sg-also"))
    return FakeAws({**answers, ASKED: {"SecurityGroupRules": list(rules)}})


@pytest.mark.parametrize(
    ("given", "found"),
    [
        pytest.param(
            rule(), OpenPort("sg-ours", "0.0.0.0/0", 5432, 5432, "sgr-1"), id="its own port"
        ),
        pytest.param(
            rule(GroupId="sg-also", FromPort=0, ToPort=65535),
            OpenPort("sg-also", "0.0.0.0/0", 0, 65535, "sgr-1"),
            id="a range that includes it",
        ),
        pytest.param(
            rule(FromPort=5432, ToPort=5440),
            OpenPort("sg-ours", "0.0.0.0/0", 5432, 5440, "sgr-1"),
            id="a range that begins with it",
        ),
        pytest.param(
            rule(IpProtocol="-1", FromPort=-1, ToPort=-1),
            OpenPort("sg-ours", "0.0.0.0/0", None, None, "sgr-1"),
            id="every protocol and port",
        ),
        pytest.param(
            from_(CidrIpv6="::/0"), OpenPort("sg-ours", "::/0", 5432, 5432, "sgr-1"), id="IPv6"
        ),
    ],
)
def test_open_to_the_world(given: dict[str, Any], found: OpenPort) -> None:
    assert open_ports(asked(given)).rows == (found,)


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(rule(IsEgress=True), id="what may leave"),
        pytest.param(rule(CidrIpv4="10.0.0.0/8"), id="a private network"),
        pytest.param(from_(CidrIpv6="2001:db8::/32"), id="a network of IPv6"),
        pytest.param(from_(ReferencedGroupInfo={"GroupId": "sg-app"}), id="a security group"),
        pytest.param(from_(PrefixListId="pl-1"), id="a prefix list"),
        pytest.param(rule(FromPort=5433, ToPort=6000), id="ports above"),
        pytest.param(rule(FromPort=22, ToPort=5431), id="ports below"),
        pytest.param(rule(IpProtocol="udp"), id="another protocol"),
        pytest.param(rule(IpProtocol="icmp", FromPort=-1, ToPort=-1), id="a ping"),
        pytest.param(rule(GroupId="sg-theirs"), id="the group of another instance"),
    ],
)
def test_not_open_to_the_world(given: dict[str, Any]) -> None:
    assert open_ports(asked(given)).rows == ()


def test_a_rule_that_does_not_tell_its_ports_is_not_taken_for_open() -> None:
    silent = rule()
    del silent["FromPort"], silent["ToPort"]
    assert open_ports(asked(silent)).rows == ()


def test_the_port_is_the_one_of_the_instance() -> None:
    moved = member("orders-1", "sg-ours", Endpoint={"Address": "orders-1", "Port": 6543})
    rules = [rule("sgr-1"), rule("sgr-2", FromPort=6543, ToPort=6543)]
    found = open_ports(FakeAws({**fleet(moved), ASKED: {"SecurityGroupRules": rules}}))
    assert [r.rule for r in found.rows] == ["sgr-2"]


def test_one_question_for_the_groups_of_the_fleet_and_all_pages_of_it() -> None:
    answers: dict[str, Any] = fleet(
        member("billing-1", "sg-theirs", "sg-ours"), member("orders-1", "sg-ours")
    )
    answers[ASKED] = [
        {"SecurityGroupRules": [rule("sgr-1")], "NextToken": "2"},
        {"SecurityGroupRules": [rule("sgr-2", CidrIpv4="0.0.0.0/0")]},
    ]
    aws = FakeAws(answers)
    assert [r.rule for r in open_ports(aws).rows] == ["sgr-1", "sgr-2"]
    groups = {"Name": "group-id", "Values": ["sg-ours", "sg-theirs"]}
    assert [about for about in aws.asked if about[0] == ASKED] == [(ASKED, {"Filters": [groups]})]


def test_no_filter_names_more_groups_than_ec2_takes() -> None:
    many = [f"sg-{i:03}" for i in range(201)]
    answers: dict[str, Any] = fleet(member("billing-1", *many), member("orders-1", "sg-200"))
    answers[ASKED] = lambda given: {
        "SecurityGroupRules": [rule(g, GroupId=g) for g in given["Filters"][0]["Values"]]
    }
    aws = FakeAws(answers)
    assert [r.group for r in open_ports(aws).rows] == ["sg-200"]
    sizes = [len(given["Filters"][0]["Values"]) for name, given in aws.asked if name == ASKED]
    assert sizes == [200, 1]


def test_without_groups_nothing_is_asked() -> None:
    aws = FakeAws(fleet(member("orders-1")))
    assert open_ports(aws).rows == ()


def test_an_instance_without_an_endpoint() -> None:
    being_made = member("orders-1", "sg-ours")
    del being_made["Endpoint"]
    with pytest.raises(NotOffered, match="orders-1 has no endpoint yet"):
        open_ports(FakeAws(fleet(being_made)))


def test_a_denied_action_passes_through() -> None:
    denied = PermissionDenied("needs the IAM action ec2:DescribeSecurityGroupRules")
    with pytest.raises(PermissionDenied, match="DescribeSecurityGroupRules"):
        open_ports(FakeAws({**fleet(member("orders-1", "sg-ours")), ASKED: denied}))
