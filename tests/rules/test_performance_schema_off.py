from __future__ import annotations

import pytest

from collectors.outcomes import Outcome, Outcomes
from collectors.session import Server
from rules.base import Finding
from rules.upkeep.performance_schema_off import performance_schema_off
from tests.rules.mysql_servers import mariadb, mysql

OFF = {"performance_schema": "OFF", "performance_schema_digests_size": "0"}
ON = {"performance_schema": "ON", "performance_schema_digests_size": "10000"}
CONSUMERS = "needs the consumer statements_digest of performance_schema; it is off; run UPDATE …"


def outcomes(reason: str = "") -> Outcomes:
    answer = Outcome("mysql.statements", "failed" if reason else "answered", reason)
    return Outcomes((answer,))


def only(server: Server, reason: str = "") -> Finding:
    (finding,) = performance_schema_off(outcomes(reason), server)
    return finding


def test_mariadb_as_it_comes() -> None:
    finding = only(mariadb(11, 8, settings=OFF))
    assert finding.summary.endswith("performance_schema is off.")
    assert finding.remedy.statements[0].endswith("performance_schema = ON")
    assert finding.remedy.statements[1] == "-- then restart the server"


def test_switched_off_on_mysql() -> None:
    finding = only(mysql(9, 7, settings=OFF))
    assert finding.remedy.statements[0] == "SET PERSIST_ONLY performance_schema = ON;"
    assert "performance_schema = OFF" in finding.remedy.rollback


def test_on_rds_by_parameter_group() -> None:
    finding = only(mariadb(10, 11, settings=OFF, platform="rds"))
    (step,) = finding.remedy.statements
    assert "ParameterName=performance_schema,ParameterValue=1,ApplyMethod=pending-reboot" in step


def test_no_digests() -> None:
    settings = {**ON, "performance_schema_digests_size": "0"}
    finding = only(mysql(9, 7, settings=settings))
    assert "performance_schema_digests_size is 0" in finding.summary
    assert "digests_size = 10000" in finding.remedy.statements[0]


def test_consumers_off_need_no_restart() -> None:
    finding = only(mysql(9, 7, settings=ON), CONSUMERS)
    assert finding.remedy.statements[0].startswith("UPDATE performance_schema.setup_consumers")
    assert "restart" not in finding.remedy.risk


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        pytest.param(ON, "", id="it counts"),
        pytest.param(ON, "needs the privilege SELECT ON performance_schema.*", id="a grant"),
        pytest.param(ON, "statement timeout", id="a timeout"),
        pytest.param({}, "", id="not known"),
    ],
)
def test_quiet(settings: dict[str, str], reason: str) -> None:
    assert not performance_schema_off(outcomes(reason), mysql(9, 7, settings=settings))


def test_nothing_was_asked_yet() -> None:
    assert not performance_schema_off(Outcomes(()), mysql(9, 7, settings=ON))
