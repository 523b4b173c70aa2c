from __future__ import annotations

from typing import Any

import pytest

from rules.availability.single_az import single_az
from rules.base import Severity
from tests.aws.rows import aurora, instance
from tests.rules.environments import STAGING, UNSAID


@pytest.mark.parametrize(
    ("given", "severity"),
    [
        pytest.param({}, Severity.HIGH, id="production"),
        pytest.param({"tags": UNSAID}, Severity.MEDIUM, id="nobody said"),
    ],
)
def test_fires(given: dict[str, Any], severity: Severity) -> None:
    (finding,) = single_az(instance(multi_az=False, **given))
    assert finding.severity is severity
    assert finding.evidence["zone"] == "eu-west-1a"
    (command,) = finding.remedy.statements
    assert "--db-instance-identifier orders-1 --region eu-west-1 --multi-az" in command
    assert command.endswith("--apply-immediately")
    assert "--no-multi-az" in finding.remedy.rollback


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"multi_az": True}, id="it has a standby"),
        pytest.param({"multi_az": None}, id="AWS does not say"),
        pytest.param({"multi_az": False, "tags": STAGING}, id="not production"),
        pytest.param({"multi_az": False, "role": "replica"}, id="a read replica"),
        pytest.param({"multi_az": False, "replica_source": "shop"}, id="a replica of a cluster"),
        pytest.param({"multi_az": False, "pending_changes": ("MultiAZ",)}, id="on its way"),
    ],
)
def test_quiet(given: dict[str, Any]) -> None:
    assert not single_az(instance(**given))


def test_members_of_clusters_have_other_rules() -> None:
    assert not single_az(aurora(multi_az=False))
