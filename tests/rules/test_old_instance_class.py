from __future__ import annotations

from typing import Any

import pytest

from rules.base import Severity
from rules.capacity.old_instance_class import old_instance_class
from tests.aws.rows import aurora, instance


@pytest.mark.parametrize(
    ("given", "severity", "new"),
    [
        pytest.param({}, Severity.MEDIUM, "db.m7g.large", id="production"),
        pytest.param({"tags": ()}, Severity.LOW, "db.m7g.large", id="no tag says"),
        pytest.param({"tags": (("env", "dev"),)}, Severity.INFO, "db.m7g.large", id="development"),
        pytest.param(
            {"instance_class": "db.r5.24xlarge"}, Severity.MEDIUM, "db.r8g.24xlarge", id="big"
        ),
        pytest.param({"instance_class": "db.t2.small"}, Severity.MEDIUM, "db.t4g.small", id="t2"),
    ],
)
def test_fires(given: dict[str, Any], severity: Severity, new: str) -> None:
    (finding,) = old_instance_class(instance(**{"instance_class": "db.m5.large", **given}))
    assert finding.severity is severity
    assert finding.evidence["successor"] == new
    assert f"--db-instance-class {new} --no-apply-immediately" in finding.remedy.statements[1]


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"instance_class": "db.m6g.large"}, id="one generation back"),
        pytest.param({"instance_class": "db.t3.large"}, id="still sold"),
        pytest.param({"instance_class": "db.serverless"}, id="serverless has no class"),
        pytest.param({"instance_class": "db.x1.16xlarge"}, id="no successor is known"),
        pytest.param({"pending_changes": ("DBInstanceClass",)}, id="a change waits"),
    ],
)
def test_quiet(given: dict[str, Any]) -> None:
    assert not old_instance_class(instance(**{"instance_class": "db.m5.large", **given}))


def test_members_of_a_multi_az_cluster_change_with_it() -> None:
    about = {"instance_class": "db.r5d.large", "cluster": "orders"}
    (finding,) = old_instance_class(instance(role="writer", **about))
    assert finding.remedy.statements[1] == (
        "aws rds modify-db-cluster --db-cluster-identifier orders --region eu-west-1 "
        "--db-cluster-instance-class db.r8gd.large --no-apply-immediately"
    )
    assert not old_instance_class(instance(role="reader", **about))


def test_readers_of_aurora_change_by_themselves() -> None:
    (finding,) = old_instance_class(aurora(role="reader", instance_class="db.r5.large"))
    assert "modify-db-instance" in finding.remedy.statements[1]
