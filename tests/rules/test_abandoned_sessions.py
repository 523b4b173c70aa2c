from __future__ import annotations

import pytest

from collectors.mysql.status import Status
from collectors.postgres.databases import Database
from rules.base import Severity
from rules.sessions.abandoned_sessions import abandoned_sessions
from tests.make import activity, make, server
from tests.rules.mysql_servers import mariadb, mysql


def ended(all: int | None, abandoned: int = 0, fatal: int = 0, killed: int = 0) -> Database:
    return make(
        Database,
        database="app",
        sessions=all,
        sessions_abandoned=abandoned,
        sessions_fatal=fatal,
        sessions_killed=killed,
    )


@pytest.mark.parametrize(
    ("row", "severities"),
    [
        pytest.param(ended(100, abandoned=3, fatal=2, killed=2), [None], id="one in twenty"),
        pytest.param(ended(100, fatal=30), [Severity.MEDIUM], id="a third"),
        pytest.param(ended(1000, abandoned=30), [], id="a small part"),
        pytest.param(ended(10, abandoned=3), [], id="few a minute"),
        pytest.param(ended(0, abandoned=30), [], id="none began"),
        pytest.param(make(Database), [], id="before 14"),
    ],
)
def test_abandoned_sessions(row: Database, severities: list[Severity | None]) -> None:
    found = abandoned_sessions(activity(row, seconds=300), server())
    assert [f.severity for f in found] == severities


def test_keepalives_are_for_vanished_clients() -> None:
    (vanished,) = abandoned_sessions(activity(ended(100, abandoned=90), seconds=60), server())
    (failed,) = abandoned_sessions(activity(ended(100, fatal=90), seconds=60), server())
    assert vanished.remedy.statements[0] == "ALTER SYSTEM SET tcp_keepalives_idle = '60s';"
    assert failed.remedy.statements == ()


def test_mysql_counts_them_for_the_whole_server() -> None:
    row = make(Status, sessions=100, sessions_abandoned=30)
    quiet = mysql(settings={"log_error_verbosity": "2"})
    (told,) = abandoned_sessions(activity(row, seconds=60), quiet)
    assert (told.subject.kind, told.severity) == ("server", Severity.MEDIUM)
    assert told.remedy.statements == ("SET PERSIST log_error_verbosity = 3;",)
    (logged,) = abandoned_sessions(activity(row, seconds=60), mariadb())
    assert logged.remedy.statements == ()
