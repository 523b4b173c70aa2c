from __future__ import annotations

import pytest

from collectors.snapshots.server import ServerStatus
from collectors.snapshots.sessions import Connections
from rules.sessions.idle_connections import idle_connections
from tests.make import make, server, snapshot
from tests.rules.mysql_servers import mysql


def status(used: int) -> ServerStatus:
    return make(ServerStatus, client_connections=used, max_connections=103, reserved_connections=3)


def held(idle: int, busy: int = 0) -> tuple[Connections, ...]:
    return (
        make(Connections, user="web", database="app", state="idle", connections=idle),
        make(Connections, user="web", database="app", state="active", connections=busy),
    )


@pytest.mark.parametrize(
    ("idle", "used", "fires"),
    [
        pytest.param(45, 60, True, id="most are idle and little room is left"),
        pytest.param(55, 59, False, id="room enough"),
        pytest.param(41, 60, False, id="many are busy"),
        pytest.param(75, 80, False, id="nearly full: connection-saturation tells"),
        pytest.param(0, 0, False, id="nobody is connected"),
    ],
)
def test_idle_connections(idle: int, used: int, fires: bool) -> None:
    found = idle_connections(snapshot(*held(idle, used - idle)), snapshot(status(used)), server())
    assert bool(found) is fires


def test_the_server_ends_idle_sessions_from_14_on() -> None:
    rows, limits = snapshot(*held(60)), snapshot(status(60))
    (before,), (after,) = (idle_connections(rows, limits, server(v)) for v in (13, 14))
    assert before.remedy.statements == ()
    assert after.remedy.statements == ("ALTER ROLE web SET idle_session_timeout = '10min';",)


def test_no_connections_allowed_divides_by_nothing() -> None:
    none = snapshot(make(ServerStatus, max_connections=3, reserved_connections=3))
    assert idle_connections(snapshot(*held(5)), none, server()) == []


@pytest.mark.parametrize(
    ("seconds", "statements"),
    [
        pytest.param("28800", ("SET PERSIST wait_timeout = 600;",), id="eight hours"),
        pytest.param("600", (), id="set already"),
    ],
)
def test_mysql_has_a_limit_for_all(seconds: str, statements: tuple[str, ...]) -> None:
    where = mysql(settings={"wait_timeout": seconds})
    (told,) = idle_connections(snapshot(*held(60)), snapshot(status(60)), where)
    assert told.remedy.statements == statements
