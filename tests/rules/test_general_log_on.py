from __future__ import annotations

import pytest

from collectors.mysql.status import Status
from rules.base import Severity
from rules.settings.general_log_on import general_log_on
from tests.make import activity, make
from tests.rules.mysql_servers import mysql
from tests.rules.mysql_settings import variables


@pytest.mark.parametrize(
    ("output", "questions", "severity"),
    [
        pytest.param("FILE", 20_000, None, id="to a file"),
        pytest.param("TABLE,FILE", 10_001, Severity.HIGH, id="to a table, over 100 a second"),
        pytest.param("TABLE", 10_000, None, id="to a table, 100 a second"),
    ],
)
def test_fires(output: str, questions: int, severity: Severity | None) -> None:
    status = activity(make(Status, questions=questions), seconds=100.0)
    given = variables(general_log="ON", log_output=output)
    (finding,) = general_log_on(given, status, mysql())
    assert finding.severity is severity
    assert finding.remedy.statements == ("SET PERSIST general_log = OFF;",)


def test_without_counters_it_still_tells() -> None:
    (finding,) = general_log_on(variables(general_log="ON"), None, mysql(platform="rds"))
    assert "ParameterName=general_log,ParameterValue=0" in finding.remedy.statements[0]


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"general_log": "OFF", "log_output": "TABLE"}, id="off"),
        pytest.param({"general_log": "ON", "log_output": "NONE"}, id="written nowhere"),
        pytest.param({"slow_query_log": "ON"}, id="another log"),
    ],
)
def test_quiet(given: dict[str, object]) -> None:
    assert not general_log_on(variables(**given), None, mysql())
