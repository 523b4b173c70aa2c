from __future__ import annotations

from typing import Any

import pytest

from collectors.rds.instance import Instance
from collectors.snapshot import Snapshot
from rules.base import Severity
from rules.capacity.credits_running_out import credits_running_out
from tests.aws.rows import instance, minutes


def small(**given: Any) -> Snapshot[Instance]:
    """2 CPUs, 24 credits an hour, at most 576; the baseline is 20 %."""
    return instance(**{"instance_class": "db.t3.medium", **given})


def t2(**given: Any) -> Snapshot[Instance]:
    return small(instance_class="db.t2.medium", **given)


@pytest.mark.parametrize(
    ("where", "seen", "severities"),
    [
        pytest.param(small(), {"cpu_ratio": 0.5, "cpu_credits": 115.0}, [None], id="below 20 %"),
        pytest.param(small(), {"cpu_ratio": 0.5, "cpu_credits": 116.0}, [], id="just not"),
        pytest.param(small(), {"cpu_ratio": 0.19, "cpu_credits": 5.0}, [], id="few, but they grow"),
        pytest.param(small(), {"cpu_ratio": 0.9, "cpu_credits": 500.0}, [], id="busy, with many"),
        pytest.param(small(), {"cpu_surplus_credits_charged": 3.0}, [None], id="billed"),
        pytest.param(
            small(), {"cpu_surplus_credits_charged": [0.0] * 10 + [3.0] * 5}, [], id="for once"
        ),
        pytest.param(small(), {"cpu_ratio": 0.9, "cpu_credits": 5.0}, [None], id="t3: only money"),
        pytest.param(t2(), {"cpu_ratio": 0.9, "cpu_credits": 28.0}, [Severity.HIGH], id="t2 slows"),
        pytest.param(t2(), {"cpu_ratio": 0.9, "cpu_credits": 29.0}, [None], id="t2 does not yet"),
        pytest.param(small(), {"cpu_ratio": 0.9}, [], id="credits unknown"),
        pytest.param(small(), {"cpu_credits": 5.0}, [], id="CPU unknown"),
        pytest.param(small(), {}, [], id="nothing known"),
        pytest.param(
            instance(), {"cpu_ratio": 0.9, "cpu_credits": 5.0}, [], id="a class with its own CPUs"
        ),
        pytest.param(
            instance(instance_class="db.serverless"), {"cpu_ratio": 0.9, "cpu_credits": 5.0}, [],
            id="serverless",
        ),
    ],
)  # fmt: skip
def test_credits_running_out(
    where: Snapshot[Instance], seen: dict[str, Any], severities: list[Severity | None]
) -> None:
    found = credits_running_out(minutes(**seen), where)
    assert [f.severity for f in found] == severities


def test_how_long_they_last() -> None:
    """Half of two CPUs for an hour is 60 credits, 24 are earned: 36 are spent."""
    (finding,) = credits_running_out(minutes(cpu_ratio=0.5, cpu_credits=72.0), small())
    assert finding.evidence["credits_spent_per_hour"] == pytest.approx(36)
    assert finding.evidence["left_seconds"] == pytest.approx(2 * 3600)
    assert finding.evidence["baseline_ratio"] == pytest.approx(0.2)
    assert "72 credits left for 2 h; use above 20 % then costs" in finding.summary


def test_t2_falls_to_its_baseline() -> None:
    (finding,) = credits_running_out(minutes(cpu_ratio=0.5, cpu_credits=10.0), t2())
    assert "falls to 20 % of its CPUs" in finding.summary
