from __future__ import annotations

from typing import Any

import pytest

from rules.base import Severity
from rules.capacity.storage_autoscaling_off import storage_autoscaling_off
from tests.aws.commands import request
from tests.aws.rows import GIB, aurora, instance, minutes

DEV = (("environment", "dev"),)


@pytest.mark.parametrize(
    ("given", "free", "severities"),
    [
        pytest.param({}, 79.0, [Severity.MEDIUM], id="off, below 40 %"),
        pytest.param({}, 80.0, [], id="just not"),
        pytest.param({"tags": ()}, 79.0, [Severity.LOW], id="nobody says what it is"),
        pytest.param({"tags": DEV}, 79.0, [Severity.INFO], id="not production"),
        pytest.param({"max_allocated_bytes": 1000 * GIB}, 10.0, [], id="on"),
        pytest.param({"max_allocated_bytes": 200 * GIB}, 10.0, [], id="at its maximum"),
        pytest.param({}, None, [], id="free space unknown"),
        pytest.param({"cluster": "orders"}, 10.0, [], id="a Multi-AZ DB cluster"),
        pytest.param({"storage_type": "standard"}, 10.0, [], id="magnetic"),
        pytest.param({"allocated_bytes": 65_536 * GIB}, 10.0, [], id="as big as can be"),
    ],
)
def test_storage_autoscaling_off(
    given: dict[str, Any], free: float | None, severities: list[Severity]
) -> None:
    seen = minutes(free_storage_bytes=None if free is None else free * GIB)
    where = instance(**{"max_allocated_bytes": None, **given})
    assert [f.severity for f in storage_autoscaling_off(seen, where)] == severities


def test_aurora_grows_by_itself() -> None:
    assert not storage_autoscaling_off(minutes(free_storage_bytes=1.0), aurora())


def test_remedy() -> None:
    seen = minutes(free_storage_bytes=70.0 * GIB)
    (finding,) = storage_autoscaling_off(seen, instance(max_allocated_bytes=None))
    (statement,) = finding.remedy.statements
    assert request(statement)["MaxAllocatedStorage"] == 300
    # The size itself as the maximum is how autoscaling is switched off.
    assert request(finding.remedy.rollback)["MaxAllocatedStorage"] == 200
    assert finding.evidence["free_ratio"] == pytest.approx(0.35)
