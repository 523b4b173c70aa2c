from __future__ import annotations

import pytest

from collectors.mysql.errors import ErrorCount
from collectors.mysql.statements import MysqlStatement
from rules.base import Severity
from rules.statements.failing_statement import failing_statement
from tests.make import activity, make
from tests.rules.mysql_costs import SECONDS, ran
from tests.rules.mysql_servers import mariadb, mysql


@pytest.mark.parametrize(
    ("row", "severity"),
    [
        pytest.param(ran(errors=11), Severity.LOW, id="over a hundredth"),
        pytest.param(ran(errors=100), Severity.MEDIUM, id="a tenth"),
        pytest.param(ran(20, errors=20, exec_seconds=0.0), Severity.MEDIUM, id="takes no time"),
    ],
)
def test_fires(row: MysqlStatement, severity: Severity) -> None:
    (finding,) = failing_statement(activity(row, seconds=SECONDS), mysql(9, 7), None)
    assert finding.severity is severity
    assert finding.evidence["failed_ratio"] == (row.errors or 0) / row.calls


@pytest.mark.parametrize(
    ("row", "seconds"),
    [
        pytest.param(ran(1100, errors=11), SECONDS, id="a hundredth"),
        pytest.param(ran(errors=11), 700.0, id="under one a minute"),
        pytest.param(ran(20, errors=9), SECONDS, id="a handful"),
        pytest.param(ran(errors=500, own=True), SECONDS, id="our own"),
        pytest.param(ran(errors=None), SECONDS, id="not counted"),
        pytest.param(ran(errors=500), 0.0, id="a look that spans no time"),
    ],
)
def test_quiet(row: MysqlStatement, seconds: float) -> None:
    assert not failing_statement(activity(row, seconds=seconds), mysql(9, 7), None)


def test_what_the_server_raised_most() -> None:
    raised = {"ER_DUP_ENTRY": 40, "ER_PARSE_ERROR": 2, "ER_LOCK_DEADLOCK": 5000, "ER_GONE": 0}
    errors = activity(*(make(ErrorCount, error=e, raised=n) for e, n in raised.items()))
    (finding,) = failing_statement(activity(ran(errors=50), seconds=SECONDS), mysql(9, 7), errors)
    assert finding.evidence["server_errors"] == (
        "ER_LOCK_DEADLOCK 5,000, ER_DUP_ENTRY 40, ER_PARSE_ERROR 2"
    )


def test_mariadb_keeps_no_history_unless_told() -> None:
    statements = activity(ran(errors=50), seconds=SECONDS)
    (finding,) = failing_statement(statements, mariadb(11, 8), None)
    first, _ = finding.remedy.statements
    assert first.startswith("UPDATE performance_schema.setup_consumers SET ENABLED = 'YES'")
    assert "= 'NO'" in finding.remedy.rollback
    assert finding.evidence["server_errors"] is None
