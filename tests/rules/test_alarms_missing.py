from __future__ import annotations

from typing import Any

import pytest

from collectors.rds.alarms import Alarm
from collectors.snapshots.settings import Setting
from rules.base import Severity
from rules.upkeep.alarms_missing import alarms_missing
from rules.upkeep.recommended_alarms import recommended
from tests.aws.rows import instance, parameters
from tests.make import make, snapshot

(ORDERS,) = instance().rows
ESSENTIAL = [a for a in recommended(ORDERS, None, 1700) if a.essential]


def alarms(*lacks: str, **given: Any) -> list[Alarm]:
    """All that matter but these."""
    return [
        make(Alarm, **{
            "alarm": a.name, "metric": a.metric, "statistic": a.statistic, "tells": True,
            "comparison": a.comparison, "threshold": a.threshold, **given,
        })
        for a in ESSENTIAL
        if a.metric not in lacks
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("there", "tags", "severity"),
    [
        pytest.param([], (("env", "prod"),), Severity.MEDIUM, id="none"),
        pytest.param([], (), Severity.LOW, id="none, the tags do not say"),
        pytest.param(alarms("DBLoad"), (("env", "prod"),), Severity.LOW, id="one is missing"),
        pytest.param(
            alarms(tells=False), (("env", "prod"),), Severity.MEDIUM, id="all tell nobody"
        ),
    ],
)
def test_fires(there: list[Alarm], tags: Any, severity: Severity) -> None:
    (found,) = alarms_missing(snapshot(*there), instance(tags=tags), None, None, None)
    assert found.severity is severity
    assert "DBLoad" in found.summary
    assert found.evidence["recommended_alarms"] == len(ESSENTIAL) == 5
    assert found.remedy.statements == ("dbtriage aws alarms orders-1 --region eu-west-1",)


@pytest.mark.parametrize(
    ("there", "tags"),
    [
        pytest.param(alarms(), (("env", "prod"),), id="all are there"),
        pytest.param(alarms(threshold=1.0), (("env", "prod"),), id="other thresholds"),
        pytest.param([], (("env", "dev"),), id="not production"),
    ],
)
def test_quiet(there: list[Alarm], tags: Any) -> None:
    assert not alarms_missing(snapshot(*there), instance(tags=tags), None, None, None)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        pytest.param({"max_connections": "no formula"}, False, id="it is not known"),
        pytest.param({"max_connections": "500"}, True, id="set to a number"),
        pytest.param({"max_connections": None}, True, id="AWS's default"),
    ],
)
def test_connections_are_judged_where_their_limit_is_known(
    given: dict[str, str | None], *, told: bool
) -> None:
    said = parameters("instance", **given)
    found = alarms_missing(snapshot(), instance(), None, said, None)
    assert ["DatabaseConnections" in f.summary for f in found] == [told]


def test_the_live_limit_counts() -> None:
    live = snapshot(make(Setting, setting="max_connections", number=300.0))
    unknown = parameters(max_connections="no formula")
    (found,) = alarms_missing(snapshot(), instance(), None, unknown, live)
    assert "DatabaseConnections" in found.summary
