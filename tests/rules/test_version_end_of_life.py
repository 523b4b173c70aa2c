from __future__ import annotations

from datetime import UTC, datetime

import pytest

from collectors.snapshot import Snapshot
from collectors.snapshots.server import ServerStatus
from rules.base import Severity
from rules.upkeep.version_end_of_life import version_end_of_life
from tests.make import make, server, snapshot


def on(day: str) -> Snapshot[ServerStatus]:
    at = datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()
    return snapshot(make(ServerStatus), taken_at=at)


@pytest.mark.parametrize(
    ("major", "day", "severity"),
    [
        pytest.param(14, "2026-11-13", Severity.HIGH, id="the day after"),
        pytest.param(14, "2026-11-12", Severity.MEDIUM, id="the last day"),
        pytest.param(14, "2026-05-16", Severity.MEDIUM, id="half a year before"),
        pytest.param(9, "2026-01-01", Severity.HIGH, id="older than the table"),
    ],
)
def test_fires(major: int, day: str, severity: Severity) -> None:
    (finding,) = version_end_of_life(on(day), server(major, 1))
    assert finding.severity is severity
    assert finding.subject.name == f"PostgreSQL {major}"


@pytest.mark.parametrize(
    ("major", "day", "platform"),
    [
        pytest.param(14, "2026-05-15", "self-managed", id="more than half a year before"),
        pytest.param(19, "2040-01-01", "self-managed", id="newer than the table"),
        pytest.param(14, "2026-08-01", "rds", id="RDS supports it longer"),
    ],
)
def test_quiet(major: int, day: str, platform: str) -> None:
    assert not version_end_of_life(on(day), server(major, 1, platform=platform))


def test_on_rds_the_upgrade_is_blue_green() -> None:
    (finding,) = version_end_of_life(on("2027-03-01"), server(14, 1, platform="rds"))
    assert finding.severity is Severity.HIGH
    assert "create-blue-green-deployment" in finding.remedy.statements[0]
