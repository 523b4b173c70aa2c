from __future__ import annotations

from typing import Any

import pytest

from collectors.snapshot import Snapshot
from rules.base import Severity
from rules.upkeep.insights_off import insights_off
from tests.aws.rows import aurora, instance

UNTOLD = (("team", "shop"),)
TEST = (("environment", "staging"),)


@pytest.mark.parametrize(
    ("given", "severity"),
    [
        pytest.param({}, Severity.MEDIUM, id="production"),
        pytest.param({"tags": UNTOLD}, Severity.LOW, id="the tags do not say"),
    ],
)
def test_fires(given: dict[str, Any], severity: Severity) -> None:
    (found,) = insights_off(instance(insights=False, **given))
    assert found.severity is severity
    assert found.subject.name == "orders-1"
    (command,) = found.remedy.statements
    assert command == (
        "aws rds modify-db-instance --db-instance-identifier orders-1 --region eu-west-1 "
        "--enable-performance-insights --performance-insights-retention-period 7 "
        "--apply-immediately"
    )


@pytest.mark.parametrize(
    "shown",
    [
        pytest.param(instance(), id="on"),
        pytest.param(instance(insights=None), id="unknown"),
        pytest.param(instance(insights=False, tags=TEST), id="not production"),
        pytest.param(
            instance(insights=False, engine="mysql", instance_class="db.t4g.micro"),
            id="not offered",
        ),
        pytest.param(
            instance(insights=False, cluster="shop", role="reader"), id="told on the writer"
        ),
    ],
)
def test_quiet(shown: Snapshot[Any]) -> None:
    assert not insights_off(shown)


def test_small_classes_of_postgresql_offer_it() -> None:
    assert insights_off(instance(insights=False, instance_class="db.t4g.micro"))


def test_each_member_of_aurora_has_its_own() -> None:
    (found,) = insights_off(aurora(insights=False, role="reader"))
    assert "modify-db-instance --db-instance-identifier shop-1" in found.remedy.statements[0]


def test_a_multi_az_cluster_is_set_as_a_whole() -> None:
    (found,) = insights_off(instance(insights=False, cluster="shop", role="writer"))
    assert "modify-db-cluster --db-cluster-identifier shop" in found.remedy.statements[0]
