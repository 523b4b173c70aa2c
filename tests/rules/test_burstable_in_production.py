from __future__ import annotations

from typing import Any

import pytest

from rules.base import Severity
from rules.capacity.burstable_in_production import burstable_in_production
from tests.aws.rows import aurora, instance

BURSTABLE = "db.t4g.large"


@pytest.mark.parametrize(
    ("given", "severity"),
    [
        pytest.param({}, Severity.MEDIUM, id="production"),
        pytest.param({"tags": ()}, Severity.LOW, id="no tag says"),
        pytest.param({"instance_class": "db.t2.medium"}, Severity.MEDIUM, id="an older one"),
    ],
)
def test_fires(given: dict[str, Any], severity: Severity) -> None:
    (finding,) = burstable_in_production(instance(**{"instance_class": BURSTABLE, **given}))
    assert finding.severity is severity
    offered, change = finding.remedy.statements
    assert "describe-orderable-db-instance-options --engine postgres" in offered
    assert "--db-instance-class db.m7g.large --no-apply-immediately" in change
    assert "--region eu-west-1" in change
    assert f"--db-instance-class {given.get('instance_class', BURSTABLE)} " in (
        finding.remedy.rollback
    )


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"tags": (("env", "staging"),)}, id="not production"),
        pytest.param({"instance_class": "db.r7g.large"}, id="a class of its own"),
        pytest.param({"instance_class": "db.serverless"}, id="serverless"),
        pytest.param({"instance_class": "db.t9.large"}, id="not known yet"),
        pytest.param({"pending_changes": ("DBInstanceClass",)}, id="a change waits"),
    ],
)
def test_quiet(given: dict[str, Any]) -> None:
    assert not burstable_in_production(instance(**{"instance_class": BURSTABLE, **given}))


def test_aurora_has_no_m_classes() -> None:
    (finding,) = burstable_in_production(aurora(instance_class=BURSTABLE))
    assert "db.r7g.large" in finding.remedy.statements[1]
    assert "fail over" in " ".join(finding.remedy.risk.split())


def test_downtime_is_told_as_it_is() -> None:
    (alone,) = burstable_in_production(instance(instance_class=BURSTABLE, multi_az=False))
    (pair,) = burstable_in_production(instance(instance_class=BURSTABLE, multi_az=True))
    assert "down for minutes" in alone.remedy.risk
    assert "one to two minutes" in pair.remedy.risk
