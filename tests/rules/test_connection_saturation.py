from __future__ import annotations

import pytest

from collectors.mysql.server import MysqlServer
from collectors.postgres.databases import Database
from collectors.snapshots.server import ServerStatus
from collectors.snapshots.sessions import Connections
from rules.base import Severity
from rules.sessions.connection_saturation import connection_saturation
from tests.make import make, server, snapshot
from tests.rules.mysql_servers import mysql


def status(used: int, allowed: int = 97, reserved: int = 3) -> ServerStatus:
    limit = allowed + reserved
    return make(
        ServerStatus,
        client_connections=used,
        max_connections=limit,
        reserved_connections=reserved,
    )


@pytest.mark.parametrize(
    ("row", "severities"),
    [
        pytest.param(status(78), [Severity.HIGH], id="four fifths"),
        pytest.param(status(77), [], id="just less"),
        pytest.param(status(93), [Severity.CRITICAL], id="nearly all"),
        pytest.param(status(1, allowed=0), [], id="all are reserved"),
    ],
)
def test_connection_saturation(row: ServerStatus, severities: list[Severity]) -> None:
    found = connection_saturation(snapshot(row), None, None, server())
    assert [f.severity for f in found] == severities


@pytest.mark.parametrize(
    ("used", "limit", "names"),
    [
        pytest.param(8, 10, ["app"], id="limit of a database"),
        pytest.param(7, 10, [], id="room left in the database"),
        pytest.param(8, None, [], id="no limit"),
        pytest.param(8, 0, [], id="closed to clients"),
    ],
)
def test_limit_of_a_database(used: int, limit: int | None, names: list[str]) -> None:
    row = make(Database, database="app", connections=used, connection_limit=limit)
    found = connection_saturation(snapshot(status(10)), snapshot(row), None, server())
    assert [f.subject.name for f in found] == names


def test_says_who_holds_them() -> None:
    rows = (
        make(Connections, user="web", state="idle", connections=60),
        make(Connections, user="batch", state="active", connections=30),
    )
    (finding,) = connection_saturation(snapshot(status(90)), None, snapshot(*rows), server())
    assert finding.evidence["busiest_user"] == "web"
    assert finding.evidence["idle_connections"] == 60
    assert finding.impact.value == pytest.approx(0.93, abs=0.01)


def test_mysql_is_told_in_its_own_words() -> None:
    (told,) = connection_saturation(snapshot(status(90)), None, None, mysql())
    (query,) = told.remedy.statements
    assert "information_schema.processlist" in query
    assert "restart" not in told.remedy.text


def test_the_reserved_connection_of_mysql_comes_on_top() -> None:
    row = make(MysqlServer, client_connections=8, max_connections=10, reserved_connections=1)
    (told,) = connection_saturation(snapshot(row), None, None, mysql())
    assert told.evidence["allowed_connections"] == 10
