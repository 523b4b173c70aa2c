from __future__ import annotations

from typing import Any

import pytest

from collectors.rds.usage import UsedHour
from collectors.snapshot import Snapshot
from rules.capacity.undersized_instance import undersized_instance
from tests.aws.rows import hours, instance, minutes

WEEK = 168


def busy(times: int, high: float, low: float) -> list[float]:
    """The last `times` hours of a week were high."""
    return [low] * (WEEK - times) + [high] * times


@pytest.mark.parametrize(
    "used",
    [
        pytest.param(hours(WEEK, cpu_ratio=busy(9, 0.81, 0.1)), id="CPU in one hour of twenty"),
        pytest.param(hours(WEEK, load_cpu_sessions=2.1, cpu_ratio=0.5), id="sessions want CPUs"),
        pytest.param(hours(WEEK, load_cpu_sessions=2.1), id="sessions alone are known"),
        pytest.param(hours(300, cpu_ratio=[0.1] * 200 + [0.9] * 100), id="in the last week"),
    ],
)
def test_fires(used: Snapshot[UsedHour]) -> None:
    (finding,) = undersized_instance(instance(), used, None)
    assert finding.severity is None
    assert finding.evidence["next_class"] == "db.r7g.xlarge"
    assert "--db-instance-class db.r7g.xlarge" in finding.remedy.statements[1]


@pytest.mark.parametrize(
    ("given", "used"),
    [
        pytest.param({}, hours(WEEK, cpu_ratio=busy(8, 0.81, 0.1)), id="hours too few"),
        pytest.param({}, hours(WEEK, cpu_ratio=0.8), id="just not"),
        pytest.param({}, hours(WEEK, load_cpu_sessions=2.0), id="as many sessions as CPUs"),
        pytest.param({}, hours(159, cpu_ratio=0.99), id="less than a week"),
        pytest.param({}, hours(WEEK, cpu_ratio=[None] * 9 + [0.99] * 159), id="too many holes"),
        pytest.param({}, hours(WEEK), id="nothing is known"),
        pytest.param({}, hours(300, cpu_ratio=[0.9] * 132 + [0.1] * 168), id="better since a week"),
        pytest.param(
            {"instance_class": "db.serverless", "vcpus": None},
            hours(WEEK, cpu_ratio=0.99),
            id="serverless",
        ),
        pytest.param(
            {"pending_changes": ("DBInstanceClass",)},
            hours(WEEK, cpu_ratio=0.99),
            id="a change waits",
        ),
    ],
)
def test_quiet(given: dict[str, Any], used: Snapshot[UsedHour]) -> None:
    assert not undersized_instance(instance(**given), used, None)


def test_gain_is_the_time_beyond_the_cpus() -> None:
    used = hours(WEEK, load_cpu_sessions=busy(84, 4.0, 1.0), cpu_ratio=0.5)
    (finding,) = undersized_instance(instance(), used, None)
    assert finding.impact.value == 3600.0  # two sessions too many, half of the time


def test_the_biggest_has_no_command() -> None:
    big = instance(instance_class="db.r7g.16xlarge")
    (finding,) = undersized_instance(big, hours(WEEK, cpu_ratio=0.9), None)
    assert finding.remedy.statements == ()
    assert "no bigger class" in finding.remedy.text


def test_while_the_cpu_is_full_another_rule_tells() -> None:
    used = hours(WEEK, cpu_ratio=0.9)
    assert not undersized_instance(instance(), used, minutes(cpu_ratio=0.95))
    assert undersized_instance(instance(), used, minutes(cpu_ratio=0.9))
