from __future__ import annotations

import pytest

from collectors.mysql.status import Status
from collectors.session import Server
from collectors.snapshots.settings import Setting
from rules.base import Severity
from rules.settings.durability_off import durability_off
from tests.make import make, server, snapshot
from tests.rules.mysql_servers import mariadb, mysql
from tests.rules.mysql_settings import variables


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


@pytest.mark.parametrize(
    ("name", "value", "where", "severity"),
    [
        pytest.param("innodb_flush_log_at_trx_commit", 2, mysql(), Severity.HIGH, id="flush"),
        pytest.param("innodb_flush_log_at_trx_commit", 0, mariadb(), Severity.HIGH, id="no write"),
        pytest.param(
            "innodb_flush_log_at_trx_commit",
            2,
            mysql(is_replica=True),
            Severity.MEDIUM,
            id="a replica",
        ),
        pytest.param(
            "innodb_flush_log_at_trx_commit",
            2,
            mariadb(settings={"wsrep_on": "ON"}),
            Severity.MEDIUM,
            id="a member of a Galera cluster",
        ),
        pytest.param("sync_binlog", 0, mariadb(), Severity.MEDIUM, id="the system syncs"),
        pytest.param("sync_binlog", 100, mysql(), Severity.MEDIUM, id="after 100 commits"),
        pytest.param("innodb_doublewrite", "OFF", mariadb(), Severity.HIGH, id="doublewrite"),
        pytest.param("innodb_doublewrite", "DETECT_ONLY", mysql(), Severity.HIGH, id="detects"),
    ],
)
def test_mysql_and_mariadb(name: str, value: object, where: Server, severity: Severity) -> None:
    given = variables(**{name: value, "log_bin": "ON"})
    (finding,) = durability_off(given, where)
    assert (finding.subject.name, finding.severity) == (name, severity)


@pytest.mark.parametrize(
    ("given", "where"),
    [
        pytest.param({"innodb_flush_log_at_trx_commit": 1}, mysql(), id="each commit"),
        pytest.param({"innodb_flush_log_at_trx_commit": 3}, mariadb(), id="MariaDB's old way"),
        pytest.param({"sync_binlog": 0, "log_bin": "OFF"}, mariadb(), id="no binary log"),
        pytest.param({"sync_binlog": 1, "log_bin": "ON"}, mysql(), id="synced"),
        pytest.param({"innodb_doublewrite": "DETECT_AND_RECOVER"}, mysql(), id="another on"),
        pytest.param(
            {"innodb_doublewrite": "OFF", "sync_binlog": 0, "log_bin": "ON"},
            mysql(platform="aurora"),
            id="Aurora stores whole pages",
        ),
        pytest.param(
            {"innodb_doublewrite": "OFF"},
            mysql(platform="rds"),
            id="RDS stores whole pages where it is off",
        ),
    ],
)
def test_mysql_is_quiet(given: dict[str, object], where: Server) -> None:
    assert not durability_off(variables(**given), where)


def test_the_window_of_what_is_lost_is_told() -> None:
    given = variables(sync_binlog=100, log_bin="ON")
    (finding,) = durability_off(given, mysql())
    assert "up to 100 transactions" in finding.summary


def test_mysql_must_restart_to_leave_doublewrite_off() -> None:
    (finding,) = durability_off(variables(innodb_doublewrite="OFF"), mysql())
    assert finding.remedy.statements[-1] == "-- then restart the server"


@pytest.mark.parametrize(("enabled", "findings"), [(False, 1), (True, 0), (None, 0)])
def test_a_redo_log_that_is_off(enabled: bool | None, findings: int) -> None:
    status = snapshot(make(Status, redo_log_enabled=enabled))
    found = durability_off(variables(), mysql(), status)
    assert [f.severity for f in found] == [Severity.CRITICAL] * findings
