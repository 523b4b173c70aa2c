from __future__ import annotations

import pytest

from collectors.snapshots.settings import Setting
from rules.base import Severity
from rules.settings.durability_off import durability_off
from tests.make import make, server, snapshot


@pytest.mark.parametrize(
    ("name", "severity"),
    [
        ("fsync", Severity.CRITICAL),
        ("full_page_writes", Severity.CRITICAL),
        ("synchronous_commit", Severity.HIGH),
    ],
)
def test_fires(name: str, severity: Severity) -> None:
    settings = snapshot(make(Setting, setting=name, value="off"))
    (finding,) = durability_off(settings, server())
    assert (finding.subject.name, finding.severity) == (name, severity)
    assert finding.remedy.statements[0] == f"ALTER SYSTEM SET {name} = 'on';"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("fsync", "on", id="on"),
        pytest.param("synchronous_commit", "local", id="flushed here"),
        pytest.param("autovacuum", "off", id="another setting"),
    ],
)
def test_quiet(name: str, value: str) -> None:
    assert not durability_off(snapshot(make(Setting, setting=name, value=value)), server())


def test_aurora_runs_without_page_writes_by_design() -> None:
    settings = snapshot(make(Setting, setting="full_page_writes", value="off"))
    assert not durability_off(settings, server(platform="aurora"))
