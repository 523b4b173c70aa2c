from __future__ import annotations

import pytest

from collectors.snapshots.statements import Statement
from rules.statements.planning_heavy import planning_heavy
from tests.make import activity, make


def statement(**given: object) -> Statement:
    """1,000 calls, each planned for 20 ms to run for 5 ms."""
    about = {"calls": 1000, "plans": 1000, "exec_seconds": 5.0, "plan_seconds": 20.0}
    return make(Statement, digest="d1", **{**about, **given})


def test_fires() -> None:
    (finding,) = planning_heavy(activity(statement(), seconds=100.0))
    assert finding.evidence["plan_mean_seconds"] == pytest.approx(0.02)
    assert finding.impact.value == pytest.approx(0.2 * 3600 * 0.8)


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(statement(exec_seconds=10.0), id="just not more than twice"),
        pytest.param(statement(plan_seconds=9.0, exec_seconds=1.0), id="little time"),
        pytest.param(statement(plans=0), id="planning is not tracked"),
        pytest.param(statement(plans=None, plan_seconds=None), id="planning is not counted"),
        pytest.param(statement(own=True), id="our own"),
    ],
)
def test_quiet(row: Statement) -> None:
    assert not planning_heavy(activity(row, seconds=100.0))
