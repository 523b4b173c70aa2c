from __future__ import annotations

from datetime import UTC, datetime

import pytest

from collectors.rds.engine_lifecycle import Lifecycle
from collectors.session import Server
from collectors.snapshot import Snapshot
from collectors.snapshots.server import ServerStatus
from rules.base import Severity
from rules.upkeep.version_end_of_life import version_end_of_life
from tests.make import make, server, snapshot
from tests.rules.mysql_servers import mariadb, mysql


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


@pytest.mark.parametrize(
    ("where", "day", "name", "severity"),
    [
        pytest.param(mysql(5, 6, 51), "2026-01-01", "MySQL 5.6", Severity.HIGH, id="long over"),
        pytest.param(mysql(8, 0, 44), "2026-05-01", "MySQL 8.0", Severity.HIGH, id="8.0"),
        pytest.param(mysql(9, 3, 0), "2026-06-01", "MySQL 9.3", Severity.HIGH, id="innovation"),
        pytest.param(mysql(8, 4, 3), "2031-12-01", "MySQL 8.4", Severity.MEDIUM, id="soon over"),
        pytest.param(mariadb(10, 6, 21), "2026-07-07", "MariaDB 10.6", Severity.HIGH, id="MariaDB"),
        pytest.param(
            mysql(8, 0, 44, platform="rds"), "2026-08-01", "MySQL 8.0", Severity.HIGH, id="RDS"
        ),
    ],
)
def test_mysql_and_mariadb(where: Server, day: str, name: str, severity: Severity) -> None:
    (finding,) = version_end_of_life(on(day), where)
    assert (finding.subject.name, finding.severity) == (name, severity)
    assert finding.remedy.statements


@pytest.mark.parametrize(
    ("where", "day"),
    [
        pytest.param(mysql(8, 4, 3), "2026-11-23", id="MySQL 8.4"),
        pytest.param(mysql(9, 7, 4), "2026-11-23", id="MySQL 9.7"),
        pytest.param(mysql(26, 7, 0), "2040-01-01", id="counted by the year, not known"),
        pytest.param(mariadb(10, 11, 18), "2026-11-23", id="MariaDB 10.11"),
        pytest.param(mariadb(12, 3, 3), "2040-01-01", id="MariaDB not known"),
        pytest.param(mysql(8, 0, 39, platform="aurora"), "2026-11-23", id="Aurora keeps 8.0"),
        pytest.param(mysql(8, 4, 3, platform="rds"), "2026-11-23", id="RDS keeps 8.4"),
    ],
)
def test_versions_with_fixes(where: Server, day: str) -> None:
    assert not version_end_of_life(on(day), where)


@pytest.mark.parametrize(
    ("where", "next_version"),
    [
        pytest.param(mysql(5, 7, 44), "MySQL 8.0", id="no version is left out"),
        pytest.param(mysql(8, 0, 44), "MySQL 8.4", id="MySQL 8.0"),
        pytest.param(mysql(9, 3, 0), "MySQL 9.7", id="innovation"),
        pytest.param(mariadb(10, 5, 29), "MariaDB 10.11", id="MariaDB"),
    ],
)
def test_the_next_version_with_long_support(where: Server, next_version: str) -> None:
    (finding,) = version_end_of_life(on("2026-11-23"), where)
    assert f"Upgrade to {next_version}," in finding.remedy.text


def test_where_aws_names_its_dates_extended_support_tells_it() -> None:
    old = server(14, 1, platform="rds")
    assert not version_end_of_life(on("2027-03-01"), old, snapshot(make(Lifecycle)))
    assert version_end_of_life(on("2027-03-01"), old, snapshot())
