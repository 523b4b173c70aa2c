from __future__ import annotations

import pytest

from collectors.postgres.databases import Database
from rules.base import Severity
from rules.replication.standby_conflicts import standby_conflicts
from tests.make import activity, make, server


@pytest.mark.parametrize(
    ("count", "seconds", "severities"),
    [
        pytest.param(1, 900, [None], id="one"),
        pytest.param(15, 900, [Severity.MEDIUM], id="one a minute"),
        pytest.param(2, 60, [None], id="two are not many"),
        pytest.param(20, 86400, [], id="less than one an hour"),
        pytest.param(0, 900, [], id="none"),
        pytest.param(5, 0, [], id="no time went by"),
    ],
)
def test_standby_conflicts(count: int, seconds: float, severities: list[Severity | None]) -> None:
    row = make(Database, database="app", conflicts=count)
    found = standby_conflicts(activity(row, seconds=seconds), server(is_replica=True))
    assert [f.severity for f in found] == severities


def test_a_primary_has_none() -> None:
    assert standby_conflicts(activity(make(Database, conflicts=99)), server()) == []


def test_does_not_advise_what_is_set() -> None:
    row = make(Database, database="app", conflicts=99)
    on = server(is_replica=True, settings={"hot_standby_feedback": "on"})
    off = server(is_replica=True, settings={"hot_standby_feedback": "off"})
    (waits,), (tells) = standby_conflicts(activity(row), on), standby_conflicts(activity(row), off)
    assert "max_standby_streaming_delay" in waits.remedy.statements[0]
    assert "hot_standby_feedback" in tells[0].remedy.statements[0]
