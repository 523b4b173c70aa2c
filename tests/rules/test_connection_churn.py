from __future__ import annotations

import pytest

from collectors.mysql.status import Status
from collectors.postgres.databases import Database
from rules.sessions.connection_churn import connection_churn
from tests.make import activity, make, server
from tests.rules.mysql_servers import mysql


@pytest.mark.parametrize(
    ("sessions", "commits", "seconds", "fires"),
    [
        pytest.param(601, 1000, 100, True, id="a session for each few transactions"),
        pytest.param(601, 0, 100, True, id="sessions that do nothing"),
        pytest.param(500, 1000, 100, False, id="few a second"),
        pytest.param(601, 10_000, 100, False, id="many transactions each"),
        pytest.param(None, 1000, 100, False, id="before 14"),
        pytest.param(0, 0, 100, False, id="nothing ran"),
        pytest.param(601, 1000, 0, False, id="no time went by"),
    ],
)
def test_connection_churn(sessions: int | None, commits: int, seconds: float, fires: bool) -> None:
    row = make(Database, database="app", sessions=sessions, commits=commits)
    assert bool(connection_churn(activity(row, seconds=seconds), server())) is fires


def test_gain_is_the_time_to_connect() -> None:
    row = make(Database, database="app", sessions=1000, commits=1000)
    (finding,) = connection_churn(activity(row, seconds=100), server())
    assert finding.impact.value == pytest.approx(10 * 3600 * 0.003)


@pytest.mark.parametrize(
    ("sessions", "questions", "fires"),
    [
        pytest.param(601, 3_000, True, id="five statements each"),
        pytest.param(601, 6_010, False, id="ten statements each"),
        pytest.param(500, 500, False, id="few a second"),
        pytest.param(0, 0, False, id="nothing ran"),
    ],
)
def test_mysql_counts_statements(sessions: int, questions: int, fires: bool) -> None:
    row = make(Status, sessions=sessions, questions=questions)
    found = connection_churn(activity(row, seconds=100), mysql())
    assert [f.subject.kind for f in found] == ["server"] * fires
