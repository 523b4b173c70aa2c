from __future__ import annotations

import json

import pytest
from botocore.loaders import Loader

from agent.discovery import all_collectors
from collectors.rds.grants import policy
from collectors.rds.needs import Action

NEEDED = [n for c in all_collectors() for n in c.needs if isinstance(n, Action)]


def statements(**given: str) -> dict[str, dict[str, object]]:
    return {s["Sid"]: s for s in json.loads(policy(NEEDED, **given))["Statement"]}


def actions() -> set[str]:
    found: set[str] = set()
    for statement in statements().values():
        named = statement["Action"]
        assert isinstance(named, list)
        found.update(named)
    return found


def test_every_action_of_every_collector_is_named() -> None:
    assert {n.name for n in NEEDED} <= actions()


def test_nothing_in_it_writes() -> None:
    verbs = {name.partition(":")[2] for name in actions()}
    assert [v for v in verbs if not v.startswith(("Describe", "Get", "List"))] == []


@pytest.mark.parametrize("name", sorted({n.name for n in NEEDED}))
def test_every_action_is_one_of_its_service(name: str) -> None:
    service, _, operation = name.partition(":")
    assert operation in Loader().load_service_model(service, "service-2")["operations"]


def test_performance_insights_and_logs_are_bound_to_rds() -> None:
    found = statements()
    assert found["PerformanceInsights"]["Resource"] == "arn:aws:pi:*:*:metrics/rds/*"
    assert found["EnhancedMonitoring"]["Resource"] == ("arn:aws:logs:*:*:log-group:RDSOSMetrics:*")


def test_logging_in_and_a_secret_are_asked_for() -> None:
    assert "LogIn" not in statements()
    arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:orders"
    found = statements(user="dbtriage", secret=arn)
    assert found["LogIn"]["Resource"] == "arn:aws:rds-db:*:*:dbuser:*/dbtriage"
    assert (found["Password"]["Action"], found["Password"]["Resource"]) == (
        ["secretsmanager:GetSecretValue"],
        arn,
    )
