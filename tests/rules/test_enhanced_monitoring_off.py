from __future__ import annotations

from typing import Any

import pytest

from collectors.snapshot import Snapshot
from rules.base import Severity
from rules.upkeep.enhanced_monitoring_off import enhanced_monitoring_off
from tests.aws.rows import instance


@pytest.mark.parametrize(
    ("tags", "severity"),
    [
        pytest.param((("env", "prod"),), Severity.LOW, id="production"),
        pytest.param((), Severity.INFO, id="the tags do not say"),
    ],
)
def test_fires(tags: Any, severity: Severity) -> None:
    (found,) = enhanced_monitoring_off(instance(monitoring_seconds=0, tags=tags))
    assert found.severity is severity
    assert "--monitoring-interval 60 " in found.remedy.statements[0]
    assert "--monitoring-interval 0 " in found.remedy.rollback


@pytest.mark.parametrize(
    "shown",
    [
        pytest.param(instance(monitoring_seconds=60), id="on"),
        pytest.param(instance(monitoring_seconds=None), id="unknown"),
        pytest.param(instance(monitoring_seconds=0, tags=(("env", "dev"),)), id="not production"),
    ],
)
def test_quiet(shown: Snapshot[Any]) -> None:
    assert not enhanced_monitoring_off(shown)
