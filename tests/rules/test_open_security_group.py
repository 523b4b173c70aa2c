from __future__ import annotations

from typing import Any

import pytest

from collectors.rds.open_ports import OpenPort
from rules.base import Severity
from rules.security.open_security_group import open_security_group
from tests.aws.rows import aurora, instance
from tests.make import make, snapshot
from tests.rules.environments import STAGING, UNSAID

NAMED = make(OpenPort, group="sg-1", source="0.0.0.0/0", from_port=5432, to_port=5432, rule="sgr-1")
UNNAMED = make(OpenPort, group="sg-2", source="::/0", from_port=5000, to_port=6000)
EVERY_PORT = make(OpenPort, group="sg-3", source="0.0.0.0/0", from_port=None, to_port=None)
OPEN = snapshot(NAMED, UNNAMED, EVERY_PORT)


@pytest.mark.parametrize(
    ("given", "severities"),
    [
        pytest.param({}, [Severity.MEDIUM], id="private"),
        pytest.param({"publicly_accessible": None}, [Severity.MEDIUM], id="AWS does not say"),
        pytest.param({"tags": UNSAID}, [Severity.LOW], id="nobody said"),
        pytest.param({"tags": STAGING}, [Severity.INFO], id="not production"),
        pytest.param({"publicly_accessible": True}, [], id="public: another rule"),
    ],
)
def test_severity(given: dict[str, Any], severities: list[Severity]) -> None:
    assert [f.severity for f in open_security_group(instance(**given), OPEN)] == severities


def test_commands() -> None:
    (finding,) = open_security_group(instance(), OPEN)
    assert finding.evidence["open_rules"] == 3
    first, named, unnamed, every = finding.remedy.statements
    assert "FromPort=5432,ToPort=5432,UserIdGroupPairs=[{GroupId=YOUR-GROUP}]" in first
    assert "--security-group-rule-ids sgr-1 --region eu-west-1" in named
    assert "'IpProtocol=tcp,FromPort=5000,ToPort=6000,Ipv6Ranges=[{CidrIpv6=::/0}]'" in unnamed
    assert "'IpProtocol=-1,IpRanges=[{CidrIp=0.0.0.0/0}]'" in every
    assert finding.remedy.rollback.count("authorize-security-group-ingress") == 3
    assert "sgr-1" not in finding.remedy.rollback  # a new rule gets a new name


def test_quiet() -> None:
    assert not open_security_group(instance(), snapshot())
    assert not open_security_group(aurora(role="reader"), OPEN)
    assert open_security_group(aurora(), OPEN)
