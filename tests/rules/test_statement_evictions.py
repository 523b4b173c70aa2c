from __future__ import annotations

import pytest

from collectors.postgres.statement_statistics import StatementStatistics
from rules.base import Severity
from rules.statements.statement_evictions import statement_evictions
from tests.make import activity, make, server


def statistics(evictions: int, capacity: int = 5000) -> StatementStatistics:
    return make(StatementStatistics, evictions=evictions, capacity=capacity, entries=4900)


def test_a_small_capacity_is_raised() -> None:
    (finding,) = statement_evictions(activity(statistics(20), seconds=600.0), server())
    assert finding.severity is Severity.MEDIUM
    assert finding.remedy.statements[0] == "ALTER SYSTEM SET pg_stat_statements.max = '10000';"


def test_an_ample_capacity_is_not() -> None:
    (finding,) = statement_evictions(activity(statistics(20, 10_000), seconds=600.0), server())
    assert finding.severity is Severity.LOW
    assert "ALTER SYSTEM" not in finding.remedy.statements[0]


def test_on_rds_it_is_a_parameter_group() -> None:
    rds = server(platform="rds")
    (finding,) = statement_evictions(activity(statistics(20), seconds=600.0), rds)
    assert "pending-reboot" in finding.remedy.statements[0]


@pytest.mark.parametrize(
    ("evictions", "seconds"),
    [
        pytest.param(10, 600.0, id="once a minute, just tolerated"),
        pytest.param(1000, 86400.0, id="a lifetime of few"),
        pytest.param(5, 0.0, id="first look"),
    ],
)
def test_quiet(evictions: int, seconds: float) -> None:
    assert not statement_evictions(activity(statistics(evictions), seconds=seconds), server())
