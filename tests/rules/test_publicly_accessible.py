from __future__ import annotations

from typing import Any

import pytest

from collectors.rds.open_ports import OpenPort
from collectors.snapshot import Snapshot
from rules.base import Severity
from rules.security.publicly_accessible import publicly_accessible
from tests.aws.rows import aurora, instance
from tests.make import make, snapshot
from tests.rules.environments import STAGING, UNSAID

PUBLIC: dict[str, Any] = {"publicly_accessible": True}
CLOSED: Snapshot[OpenPort] = snapshot()
OPEN = snapshot(
    make(OpenPort, group="sg-1", source="0.0.0.0/0", from_port=5432, to_port=5432, rule="sgr-1")
)


@pytest.mark.parametrize(
    ("given", "ports", "severities"),
    [
        pytest.param(PUBLIC, None, [Severity.HIGH], id="groups are not known"),
        pytest.param(PUBLIC, CLOSED, [Severity.HIGH], id="groups are closed"),
        pytest.param(PUBLIC, OPEN, [Severity.CRITICAL], id="a group is open to all"),
        pytest.param({**PUBLIC, "tags": UNSAID}, CLOSED, [Severity.MEDIUM], id="nobody said"),
        pytest.param({**PUBLIC, "tags": UNSAID}, OPEN, [Severity.HIGH], id="nobody said, open"),
        pytest.param({**PUBLIC, "tags": STAGING}, CLOSED, [Severity.INFO], id="not production"),
        pytest.param({**PUBLIC, "tags": STAGING}, OPEN, [Severity.MEDIUM], id="but open to all"),
        pytest.param({"publicly_accessible": False}, OPEN, [], id="private: another rule"),
        pytest.param({"publicly_accessible": None}, OPEN, [], id="AWS does not say"),
        pytest.param(
            {**PUBLIC, "pending_changes": ("PubliclyAccessible",)}, None, [], id="on its way"
        ),
    ],
)
def test_severity(
    given: dict[str, Any], ports: Snapshot[OpenPort] | None, severities: list[Severity]
) -> None:
    assert [f.severity for f in publicly_accessible(instance(**given), ports)] == severities


def test_open_rules_are_closed_first() -> None:
    (finding,) = publicly_accessible(instance(**PUBLIC), OPEN)
    assert "sg-1 (0.0.0.0/0)" in finding.summary
    assert finding.evidence["open_rules"] == 1
    revoke, private = finding.remedy.statements
    assert revoke == (
        "aws ec2 revoke-security-group-ingress --group-id sg-1 "
        "--security-group-rule-ids sgr-1 --region eu-west-1"
    )
    assert "--no-publicly-accessible --apply-immediately" in private


def test_unknown_groups_are_not_counted_as_none() -> None:
    (finding,) = publicly_accessible(instance(**PUBLIC), None)
    assert finding.evidence["open_rules"] is None
    assert len(finding.remedy.statements) == 1


def test_each_member_of_a_cluster_has_its_own_address() -> None:
    assert publicly_accessible(aurora(**PUBLIC, role="reader"), None)
