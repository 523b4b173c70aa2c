from __future__ import annotations

from typing import Any

import pytest

from rules.base import Severity
from rules.capacity.storage_autoscaling_ceiling import storage_autoscaling_ceiling
from tests.aws.commands import request
from tests.aws.rows import GIB, aurora, instance, minutes

DEV = (("environment", "dev"),)


@pytest.mark.parametrize(
    ("given", "free", "severities"),
    [
        pytest.param({}, 60.0, [Severity.HIGH], id="80 %"),
        pytest.param({"max_allocated_bytes": 251 * GIB}, 60.0, [], id="just not"),
        pytest.param({"max_allocated_bytes": 200 * GIB}, 60.0, [Severity.HIGH], id="at it"),
        pytest.param({}, None, [Severity.HIGH], id="free space unknown"),
        pytest.param({}, 80.0, [Severity.LOW], id="plenty is free"),
        pytest.param({}, -1.0, [], id="told by storage-running-out"),
        pytest.param({"tags": ()}, 60.0, [Severity.MEDIUM], id="nobody says what it is"),
        pytest.param({"tags": DEV}, 60.0, [Severity.INFO], id="not production"),
        pytest.param({"max_allocated_bytes": None}, 60.0, [], id="autoscaling is off"),
        pytest.param(
            {"allocated_bytes": 60_000 * GIB, "max_allocated_bytes": 65_536 * GIB}, 20_000.0, [],
            id="as high as can be",
        ),
    ],
)  # fmt: skip
def test_storage_autoscaling_ceiling(
    given: dict[str, Any], free: float | None, severities: list[Severity]
) -> None:
    seen = minutes(free_storage_bytes=None if free is None else free * GIB)
    where = instance(**{"max_allocated_bytes": 250 * GIB, **given})
    assert [f.severity for f in storage_autoscaling_ceiling(seen, where)] == severities


def test_without_cloudwatch() -> None:
    (finding,) = storage_autoscaling_ceiling(None, instance(max_allocated_bytes=250 * GIB))
    assert finding.evidence["free_ratio"] is None
    assert not storage_autoscaling_ceiling(None, aurora())


def test_remedy() -> None:
    (finding,) = storage_autoscaling_ceiling(None, instance(max_allocated_bytes=200 * GIB))
    assert "cannot help any more" in finding.summary
    (statement,) = finding.remedy.statements
    assert request(statement)["MaxAllocatedStorage"] == 260
    assert request(finding.remedy.rollback)["MaxAllocatedStorage"] == 200
