from __future__ import annotations

import contextlib

import pymysql
import pytest

from agent.ledger import Ledger
from collectors.mysql.status import Status, status
from tests.live.mysql.opened import opened, query, tell
from tests.live.mysql_database import MysqlDatabase
from tests.live.mysql_server import MysqlServer
from tests.live.own_mysql_servers import OwnMysqlServers
from tests.live.rules.background import until

EACH = pytest.mark.parametrize("engine", ["mysql97", "maria1011", "maria118"])
HOUR = 3600.0


def found(server: MysqlServer, user: str = "root") -> Status:
    with opened(server, user) as session:
        (row,) = status(session).rows
    return row


def test_counts_what_clients_do(mysql_database: MysqlDatabase) -> None:
    server = mysql_database.server
    with mysql_database.connect().cursor() as cursor:
        cursor.execute("CREATE TABLE t (id INT PRIMARY KEY, v INT) ENGINE = InnoDB")
        before = found(server)
        for statement in (
            "INSERT INTO t VALUES (1, 1), (2, 2)",
            "REPLACE INTO t VALUES (2, 3)",
            "UPDATE t SET v = 4",
            "BEGIN",
            "UPDATE t SET v = 5",
            "DELETE FROM t WHERE id = 1",
            "COMMIT",
            "BEGIN",
            "DELETE FROM t",
            "ROLLBACK",
            "SELECT COUNT(*) FROM t a JOIN t b ON a.v = b.v",
        ):
            cursor.execute(statement)
        after = found(server)
    assert (after.commits - before.commits, after.rollbacks - before.rollbacks) == (1, 1)
    assert after.inserts - before.inserts == 2
    assert after.updates - before.updates == 2
    assert after.deletes - before.deletes == 2
    assert after.full_joins - before.full_joins == 1
    assert after.questions - before.questions >= 11
    assert (after.sessions or 0) - (before.sessions or 0) == 1
    assert after.sent_bytes > before.sent_bytes > 0
    assert (after.database, after.deadlocks) == ("", before.deadlocks)


def test_what_a_version_lacks_is_none(mysql_server: MysqlServer) -> None:
    row, mysql = found(mysql_server), mysql_server.product == "MySQL"
    assert (row.query_cache_hits is None) == mysql
    assert (row.redo_log_enabled is None) != mysql
    assert row.flow_control_seconds is row.semi_sync_on is row.semi_sync_clients is None
    assert row.digests_lost is not None
    assert None not in (row.connects_refused, row.table_cache_hits, row.binlog_cache_uses)


@EACH
def test_needs_nothing(own_mysql_server: OwnMysqlServers, engine: str) -> None:
    """Neither performance_schema nor a privilege: only deadlocks are kept from some on MySQL."""
    server = own_mysql_server(engine, settings={"performance_schema": "OFF"})
    tell(server, "CREATE USER nobody")
    row = found(server, "nobody")
    assert row.questions > 0
    assert row.digests_lost is None
    assert (row.deadlocks is None) == (server.product == "MySQL")
    assert found(server).deadlocks == 0


@EACH
def test_a_refused_connection_counts(own_mysql_server: OwnMysqlServers, engine: str) -> None:
    server = own_mysql_server(engine, settings={"max_connections": "10"})
    with contextlib.ExitStack() as crowd:
        # One more may come who may end the others' sessions.
        crowd.callback(server.disconnect)
        with opened(server) as session:
            for _ in range(10):
                server.connect()
            with pytest.raises(pymysql.err.OperationalError, match="Too many connections"):
                server.connect()
            (row,) = status(session).rows
    assert row.connects_refused == 1
    assert row.peak_connections == row.threads_connected == 11


@EACH
def test_a_restart_in_mid_watch(own_mysql_server: OwnMysqlServers, engine: str) -> None:
    server = own_mysql_server(engine)
    ledger = Ledger(Status, HOUR)
    tell(server, *["BEGIN", "COMMIT"] * 5)
    with opened(server) as session:
        assert ledger.add(status(session), session.server.instance) is None
    tell(server, *["BEGIN", "COMMIT"] * 2)
    # Uptime is in whole seconds: two starts must not be told for the same.
    until(lambda: int(query(server, "SHOW GLOBAL STATUS LIKE 'Uptime'", column=1)) >= 3)
    server.restart()
    # More than before the restart: only the time of the start tells.
    tell(server, *["BEGIN", "COMMIT"] * 9)
    with opened(server) as session:
        ran = ledger.add(status(session), session.server.instance)
    assert ran
    assert [row.commits for row in ran.rows] == [9]


@pytest.mark.parametrize(
    ("engine", "statement", "is_reset"),
    [
        ("mysql97", "FLUSH STATUS", "sessions_abandoned"),
        ("maria1011", "FLUSH STATUS", "sessions_abandoned"),
        ("maria118", "FLUSH GLOBAL STATUS", "questions"),
    ],
)
def test_a_flush_in_mid_watch(
    own_mysql_server: OwnMysqlServers, engine: str, statement: str, is_reset: str
) -> None:
    """It sets some counters to zero; the others must not seem to have begun anew."""
    server = own_mysql_server(engine)
    ledger = Ledger(Status, HOUR)
    for _ in range(20):
        _vanish(server)
    tell(server, *["SELECT 1"] * 50)
    with opened(server) as session:
        before = status(session)
        ledger.add(before)
        tell(server, statement, "SELECT 2")
        after = status(session)
    ran = ledger.add(after)
    assert getattr(after.rows[0], is_reset) < getattr(before.rows[0], is_reset)
    assert ran
    (row,) = ran.rows
    assert row.sessions == 1
    assert 2 <= row.questions < 20
    assert row.sessions_abandoned == after.rows[0].sessions_abandoned
    assert row.threads_created <= 1


def _vanish(server: MysqlServer) -> None:
    with server.session() as connection:
        connection._force_close()  # type: ignore[attr-defined]  # noqa: SLF001  without a farewell


@pytest.mark.parametrize("engine", ["maria1011", "maria118"])
def test_semi_sync_without_replicas(own_mysql_server: OwnMysqlServers, engine: str) -> None:
    settings = {"log_bin": "binlog", "rpl_semi_sync_master_enabled": "ON"}
    row = found(own_mysql_server(engine, settings=settings))
    assert (row.semi_sync_on, row.semi_sync_clients) == (True, 0)


def test_semi_sync_of_mysql(own_mysql_server: OwnMysqlServers) -> None:
    settings = {"log_bin": "binlog", "plugin_load_add": "semisync_source.so"}
    server = own_mysql_server(settings=settings)
    assert found(server).semi_sync_on is None
    tell(server, "SET GLOBAL rpl_semi_sync_source_enabled = ON")
    row = found(server)
    assert (row.semi_sync_on, row.semi_sync_clients) == (True, 0)
