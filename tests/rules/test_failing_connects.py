from __future__ import annotations

import pytest

from collectors.mysql.errors import ErrorCount
from collectors.mysql.status import Status
from rules.base import Severity
from rules.sessions.failing_connects import failing_connects
from tests.make import activity, make
from tests.rules.mysql_servers import mariadb, mysql


@pytest.mark.parametrize(
    ("failed", "tried", "severities"),
    [
        pytest.param(6, 100, [None], id="some a minute"),
        pytest.param(5, 100, [], id="one a minute"),
        pytest.param(6, 600, [], id="one in a hundred"),
        pytest.param(50, 100, [Severity.MEDIUM], id="ten a minute"),
        pytest.param(50, None, [Severity.MEDIUM], id="tries are not counted"),
        pytest.param(0, 0, [], id="nobody tried"),
    ],
)
def test_failing_connects(failed: int, tried: int | None, severities: list[Severity]) -> None:
    row = make(Status, connects_aborted=failed, sessions=tried)
    found = failing_connects(activity(row, seconds=300), None, mysql())
    assert [f.severity for f in found] == severities
    assert failing_connects(activity(row, seconds=0), None, mysql()) == []


def test_says_how_many_were_denied() -> None:
    row = make(Status, connects_aborted=50, sessions=100)
    errors = activity(
        make(ErrorCount, number=1045, raised=40),
        make(ErrorCount, number=1044, raised=2),
        make(ErrorCount, number=1205, raised=5),
    )
    (told,) = failing_connects(activity(row, seconds=300), errors, mariadb())
    assert told.evidence["access_denied"] == 42
    assert told.summary.endswith("50 % of all; access was denied 42 times.")
    assert "log_warnings = 4" in told.remedy.text


def test_mariadb_counts_refused_clients_too() -> None:
    row = make(Status, connects_aborted=50, connects_refused=46, sessions=100)
    assert failing_connects(activity(row, seconds=300), None, mariadb()) == []
    assert failing_connects(activity(row, seconds=300), None, mysql()) != []
