from __future__ import annotations

from typing import Any

import pytest

from collectors.snapshot import Snapshot
from rules.base import Severity
from rules.upkeep.minor_upgrades_off import minor_upgrades_off
from tests.aws.rows import instance


@pytest.mark.parametrize(
    ("tags", "severity"),
    [
        pytest.param((("env", "prod"),), Severity.LOW, id="production"),
        pytest.param((), Severity.INFO, id="the tags do not say"),
    ],
)
def test_fires(tags: Any, severity: Severity) -> None:
    (found,) = minor_upgrades_off(instance(minor_upgrades=False, tags=tags))
    assert found.severity is severity
    assert "16.3" in found.summary
    assert "--auto-minor-version-upgrade " in found.remedy.statements[0]
    assert "--no-auto-minor-version-upgrade " in found.remedy.rollback


@pytest.mark.parametrize(
    "shown",
    [
        pytest.param(instance(), id="on"),
        pytest.param(instance(minor_upgrades=None), id="unknown"),
        pytest.param(instance(minor_upgrades=False, tags=(("env", "qa"),)), id="not production"),
    ],
)
def test_quiet(shown: Snapshot[Any]) -> None:
    assert not minor_upgrades_off(shown)
