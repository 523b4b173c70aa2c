from __future__ import annotations

from typing import Any

import pytest

from agent.discovery import all_rules
from collectors.rds.recommendations import AwsRecommendation, RecommendedAction
from rules.base import Severity
from rules.upkeep.aws_recommendation import TOLD_BY, aws_recommendation, told_by
from tests.aws.rows import aurora, instance
from tests.make import make, snapshot


def said(**given: Any) -> AwsRecommendation:
    about = {
        "recommendation": "rec-1", "type_id": "config_recommendation::old_minor_version",
        "severity": "medium", "status": "active", "resource": "orders-1",
        "detection": "1 resource doesn't run the latest minor engine version",
        "advice": "Upgrade\nto the latest version",
    }  # fmt: skip
    return make(AwsRecommendation, **{**about, **given})


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("high", Severity.HIGH),
        ("medium", Severity.MEDIUM),
        ("low", Severity.LOW),
        ("informational", Severity.INFO),
        ("", Severity.INFO),
    ],
)
def test_its_severity_is_taken_over(theirs: str, ours: Severity) -> None:
    (found,) = aws_recommendation(snapshot(said(severity=theirs)), instance())
    assert found.severity is ours
    assert found.evidence["source"] == "aws"
    assert found.evidence["type_id"] == "config_recommendation::old_minor_version"
    assert found.summary.endswith("latest minor engine version.")
    assert found.remedy.text == "Upgrade to the latest version."
    assert "Name=recommendation-id,Values=rec-1" in found.remedy.statements[0]


@pytest.mark.parametrize(
    "type_id",
    [
        "config_recommendation::multi_az_instance",
        "config_recommendation::storage_autoscaling_off",
        "config_recommendation::rds_extended_support",
        "config_recommendation::INNODB_Flush_Log_At_Trx_Commit",
    ],
)
def test_what_our_rules_tell_is_left_out(type_id: str) -> None:
    assert told_by(type_id)
    assert not aws_recommendation(snapshot(said(type_id=type_id)), instance())


@pytest.mark.parametrize("ours", sorted(set(TOLD_BY.values())))
def test_the_rule_that_tells_it_exists(ours: str) -> None:
    assert ours in {rule.id for rule in all_rules()}


def test_nothing_is_said() -> None:
    assert not aws_recommendation(snapshot(), instance())


def test_two_of_one_instance_have_different_subjects() -> None:
    both = snapshot(said(), said(type_id="config_recommendation::something_new"))
    found = aws_recommendation(both, instance())
    assert [f.subject.name for f in found] == [
        "orders-1 (old minor version)",
        "orders-1 (something new)",
    ]


@pytest.mark.parametrize(
    ("resource", "role", "kinds"),
    [
        pytest.param("shop", "writer", ["cluster"], id="the cluster, on its writer"),
        pytest.param("shop", "reader", [], id="the cluster, on a reader"),
        pytest.param("shop-1", "reader", ["instance"], id="the instance"),
        pytest.param("shop-apg16", "reader", ["setting"], id="a parameter group"),
    ],
)
def test_what_it_is_about(resource: str, role: str, kinds: list[str]) -> None:
    found = aws_recommendation(snapshot(said(resource=resource)), aurora(role=role))
    assert [f.subject.kind for f in found] == kinds


def test_the_action_is_named() -> None:
    action = RecommendedAction("Upgrade", "modify-db-instance", (("EngineVersion", "16.4"),))
    (found,) = aws_recommendation(snapshot(said(actions=(action,), advice="")), instance())
    assert found.remedy.text == (
        "AWS's action: Upgrade (modify-db-instance with EngineVersion 16.4)."
    )


def test_texts_that_are_not_there() -> None:
    (found,) = aws_recommendation(snapshot(said(detection="", advice="")), instance())
    assert found.summary.endswith("old_minor_version.")
    assert found.remedy.text
