from __future__ import annotations

import pytest

from collectors.mysql.facts import Followed, Variable
from collectors.mysql.server import Dumps, Limits
from collectors.mysql.server import server as ask_server
from collectors.session import Server
from tests.fakes import FakeSession
from tests.make import row
from tests.rules.mysql_servers import mariadb, mysql

ALL = frozenset({"ALL PRIVILEGES"})
ON = {"performance_schema": "ON"}


def session(server: Server, *, follows: bool = False, **limits: object) -> FakeSession:
    shown = {"Uptime": "90", "Threads_connected": "7", "Slaves_connected": "3"}
    return FakeSession(
        server,
        by_type={
            Variable: [{"variable_name": n, "value": v} for n, v in shown.items()],
            Limits: [row(Limits, max_connections=151, **limits)],
            Dumps: [{"dumps": 2}],
            Followed: [row(Followed, channel_name="")] if follows else [],
        },
    )


def test_one_row() -> None:
    db = session(mysql(started_at=4.0, grants=ALL, settings=ON), read_only=True)
    answer = ask_server(db)
    (found,) = answer.rows
    assert (found.version, found.uptime_seconds, found.client_connections) == ("", 90.0, 7)
    assert (found.max_connections, found.reserved_connections) == (151, 1)
    assert (found.read_only, found.super_read_only, found.replicas_connected) == (True, None, 2)
    assert answer.counting_since == 4.0


@pytest.mark.parametrize(
    ("server", "replicas"),
    [
        (mariadb(), 3),
        (mysql(grants=ALL, settings=ON), 2),
        (mysql(grants=ALL, settings={"performance_schema": "OFF"}), None),
        (mysql(grants=frozenset(), settings=ON), None),
    ],
    ids=["MariaDB counts them", "threads", "no threads", "threads are not ours to read"],
)
def test_replicas(server: Server, replicas: int | None) -> None:
    assert ask_server(session(server)).rows[0].replicas_connected == replicas


@pytest.mark.parametrize(
    ("db", "replica"),
    [
        (session(mysql(grants=ALL), follows=True), True),
        (session(mysql(grants=ALL, is_replica=True)), False),
        (session(mysql(grants=ALL), storage_read_only=True), True),
        (session(mysql(grants=frozenset(), is_replica=True)), True),
    ],
    ids=["it follows", "promoted since", "a reader of Aurora", "not told: as at connect"],
)
def test_a_replica(db: FakeSession, replica: bool) -> None:
    assert ask_server(db).rows[0].is_replica == replica
