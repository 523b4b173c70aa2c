"""Open transactions and connections, as their collectors see them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from collectors.mysql.connections import connections
from collectors.mysql.transactions import InnodbTransaction, transactions
from tests.live import mysql_binaries
from tests.live.mysql.opened import opened, tell
from tests.live.mysql.standoff import Standoff, standoff, until
from tests.live.mysql_server import MysqlServer
from tests.live.own_mysql_servers import OwnMysqlServers


@pytest.fixture
def scene(mysql_server: MysqlServer) -> Iterator[Standoff]:
    with standoff(mysql_server) as made:
        yield made


def seen(scene: Standoff, pid: int, state: str) -> InnodbTransaction:
    """The transaction of that session, once it is in that state."""
    last: list[InnodbTransaction] = []

    def so() -> bool:
        with opened(scene.server) as db:
            last[:] = [t for t in transactions(db).rows if t.pid == pid]
        return bool(last) and last[0].state == state

    until(so)
    return last[0]


def test_an_idle_transaction_tells_what_it_holds(scene: Standoff) -> None:
    pid = scene.idle("UPDATE t SET v = 4217 WHERE id <= 2")
    found = seen(scene, pid, "idle in transaction")
    assert (found.database, found.user) == (scene.database, "root")
    assert (found.rows_modified, found.isolation) == (2, "REPEATABLE READ")
    assert found.rows_locked >= 2
    assert 0 <= found.open_seconds < 60
    assert found.holds_snapshot
    assert "4217" not in found.query


def test_one_that_waits_for_a_row(scene: Standoff) -> None:
    scene.idle("UPDATE t SET v = 1 WHERE id = 1")
    waiter = scene.blocked("UPDATE t SET v = 2 WHERE id = 1")
    assert seen(scene, waiter, "lock wait").rows_modified == 0


def test_no_transaction_no_row(scene: Standoff) -> None:
    scene.open("SELECT * FROM t")
    with opened(scene.server) as db:
        assert [t for t in transactions(db).rows if t.database == scene.database] == []


def test_connections_by_state(scene: Standoff) -> None:
    for _ in range(3):
        scene.open()
    scene.idle("UPDATE t SET v = 1 WHERE id = 1")

    def counted() -> dict[str, int]:
        with opened(scene.server) as db:
            rows = connections(db).rows
        mine = [c for c in rows if c.database == scene.database and c.user == "root"]
        return {c.state: c.connections for c in mine}

    # The session that the test itself makes and looks with has come to rest in it too.
    until(lambda: counted() == {"idle": 4, "idle in transaction": 1})


@pytest.mark.parametrize("engine", mysql_binaries.ENGINES)
def test_what_a_crash_left_is_prepared_or_not(
    own_mysql_server: OwnMysqlServers, engine: str
) -> None:
    """A server that rolls nothing back after a crash keeps both."""
    server = own_mysql_server(engine)
    tell(server, "CREATE DATABASE shop", "CREATE TABLE shop.t (a int PRIMARY KEY)")
    xa = server.connect(database="shop")
    with xa.cursor() as cursor:
        for statement in ("XA START 'x'", "INSERT INTO t VALUES (1)", "XA END 'x'"):
            cursor.execute(statement)
        cursor.execute("XA PREPARE 'x'")
    xa.close()
    with server.connect(database="shop", autocommit=False).cursor() as cursor:
        cursor.execute("INSERT INTO t VALUES (2)")
    # What is committed after them takes them along to disk.
    tell(server, "SET GLOBAL innodb_flush_log_at_trx_commit = 1", "INSERT INTO shop.t VALUES (3)")
    server.kill()
    server.configure({"innodb_force_recovery": "3"})
    server.launch()
    with opened(server) as db:
        found = transactions(db).rows
    assert sorted((t.pid, t.state) for t in found) == [(0, "prepared"), (0, "without a session")]
