from __future__ import annotations

from typing import Any

import pytest

from rules.base import Severity, Subject
from rules.security.deletion_protection_off import deletion_protection_off
from tests.aws.rows import aurora, cluster, instance
from tests.rules.environments import CLUSTER_ARN, STAGING, UNSAID

OFF: dict[str, Any] = {"deletion_protection": False}


@pytest.mark.parametrize(
    ("given", "severities"),
    [
        pytest.param(OFF, [Severity.MEDIUM], id="off"),
        pytest.param({"deletion_protection": True}, [], id="on"),
        pytest.param({"deletion_protection": None}, [], id="AWS does not say"),
        pytest.param({**OFF, "tags": UNSAID}, [Severity.LOW], id="nobody said"),
        pytest.param({**OFF, "tags": STAGING}, [], id="not production"),
        pytest.param({**OFF, "role": "replica"}, [], id="a read replica"),
    ],
)
def test_instance(given: dict[str, Any], severities: list[Severity]) -> None:
    assert [f.severity for f in deletion_protection_off(instance(**given), None)] == severities


def test_command() -> None:
    (finding,) = deletion_protection_off(instance(**OFF), None)
    (command,) = finding.remedy.statements
    assert command.endswith("--deletion-protection --apply-immediately")
    assert "--no-deletion-protection" in finding.remedy.rollback


def test_a_cluster_is_judged_by_its_own_row_on_the_writer() -> None:
    (finding,) = deletion_protection_off(aurora(), cluster(**OFF, arn=CLUSTER_ARN))
    assert finding.subject == Subject("cluster", "shop")
    assert "modify-db-cluster" in finding.remedy.statements[0]
    assert not deletion_protection_off(aurora(**OFF), cluster())
    assert not deletion_protection_off(aurora(), cluster(**OFF, here=False))
