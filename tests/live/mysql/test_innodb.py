from __future__ import annotations

import threading

import pymysql
import pytest

from collectors.mysql.innodb import Innodb, innodb
from tests.live.mysql.opened import opened, query, tell
from tests.live.mysql_database import MysqlDatabase
from tests.live.mysql_server import MysqlServer
from tests.live.own_mysql_servers import OwnMysqlServers
from tests.live.rules.background import until

EACH = pytest.mark.parametrize("engine", ["mysql97", "maria1011", "maria118"])


def found(server: MysqlServer) -> Innodb:
    with opened(server) as session:
        (row,) = innodb(session).rows
    return row


def test_sizes(mysql_server: MysqlServer) -> None:
    row = found(mysql_server)
    assert row.buffer_pool_bytes == 64 << 20
    assert row.redo_capacity_bytes == 16 << 20
    used = row.buffer_pool_data_bytes + row.buffer_pool_free_bytes
    assert 0.9 * row.buffer_pool_bytes < used <= row.buffer_pool_bytes
    assert row.checkpoint_age_bytes is not None
    assert 0 <= row.checkpoint_age_bytes < 16 << 20


def test_a_metric_that_is_off_is_none(mysql_server: MysqlServer) -> None:
    """The server shows 0 of it."""
    row = found(mysql_server)
    assert row.active_transactions is None
    assert (row.checkpoint_limit_bytes is None) == (mysql_server.product == "MySQL")
    assert None not in (row.deadlocks, row.lock_timeouts, row.history_list_length)
    # MariaDB counts no rows since 10.6.
    assert (row.rows_read is None) == (mysql_server.product == "MariaDB")


def test_a_metric_that_is_switched_on(own_mysql_server: OwnMysqlServers) -> None:
    settings = {"innodb_monitor_enable": "trx_active_transactions,log_max_modified_age_sync"}
    server = own_mysql_server(settings=settings)
    holder = server.connect(autocommit=False).cursor()
    holder.execute("CREATE TABLE sys.held (id INT PRIMARY KEY)")
    holder.execute("INSERT INTO sys.held VALUES (1)")
    row = found(server)
    assert row.active_transactions is not None
    assert row.active_transactions >= 1
    assert row.checkpoint_limit_bytes


def test_undo_that_is_kept(mysql_database: MysqlDatabase) -> None:
    with mysql_database.connect().cursor() as cursor:
        cursor.execute("CREATE TABLE t (id INT PRIMARY KEY, v INT)")
        cursor.execute("INSERT INTO t VALUES (1, 0)")
        reader = mysql_database.connect(autocommit=False).cursor()
        reader.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT")
        reader.execute("SELECT * FROM t")
        before = found(mysql_database.server)
        for _ in range(300):
            cursor.execute("UPDATE t SET v = v + 1")
    after = found(mysql_database.server)
    assert (after.history_list_length or 0) >= 300
    assert after.redo_written_bytes > before.redo_written_bytes
    assert after.page_requests > before.page_requests


def test_locks(mysql_database: MysqlDatabase) -> None:
    server = mysql_database.server
    holder = mysql_database.connect(autocommit=False).cursor()
    holder.execute("CREATE TABLE t (id INT PRIMARY KEY, v INT)")
    holder.execute("INSERT INTO t VALUES (1, 0), (2, 0)")
    holder.connection.commit()
    before = found(server)
    holder.execute("UPDATE t SET v = 1 WHERE id = 1")
    waiter = mysql_database.connect(autocommit=False)
    with waiter.cursor() as cursor:
        cursor.execute("UPDATE t SET v = 2 WHERE id = 2")
    ends: list[str] = []
    thread = threading.Thread(target=_update, args=(waiter, ends))
    thread.start()
    until(lambda: found(server).row_lock_waiters == 1)
    ends.append(_end(holder))
    thread.join(20)
    after = found(server)
    assert sorted(ends) == ["deadlock", "done"]
    assert (after.deadlocks or 0) - (before.deadlocks or 0) == 1
    assert after.row_lock_waits - before.row_lock_waits >= 1
    assert after.row_lock_seconds >= before.row_lock_seconds


def _update(waiter: pymysql.Connection[pymysql.cursors.Cursor], ends: list[str]) -> None:
    with waiter.cursor() as cursor:
        try:
            cursor.execute("UPDATE t SET v = 3 WHERE id = 1")
        except pymysql.err.OperationalError:
            ends.append("deadlock")
        else:
            ends.append("done")
    waiter.rollback()


def _end(holder: pymysql.cursors.Cursor) -> str:
    try:
        holder.execute("UPDATE t SET v = 4 WHERE id = 2")
    except pymysql.err.OperationalError:
        return "deadlock"
    finally:
        holder.connection.rollback()
    return "done"


def test_a_wait_that_ran_out_of_time(mysql_database: MysqlDatabase) -> None:
    holder = mysql_database.connect(autocommit=False).cursor()
    holder.execute("CREATE TABLE t (id INT PRIMARY KEY)")
    holder.execute("INSERT INTO t VALUES (1)")
    before = found(mysql_database.server)
    with mysql_database.connect().cursor() as cursor:
        cursor.execute("SET innodb_lock_wait_timeout = 1")
        with pytest.raises(pymysql.err.OperationalError, match="Lock wait timeout"):
            cursor.execute("INSERT INTO t VALUES (1)")
    after = found(mysql_database.server)
    assert (after.lock_timeouts or 0) - (before.lock_timeouts or 0) == 1
    assert after.row_lock_seconds - before.row_lock_seconds > 0.5


@EACH
def test_without_performance_schema(own_mysql_server: OwnMysqlServers, engine: str) -> None:
    server = own_mysql_server(engine, settings={"performance_schema": "OFF"})
    assert found(server).deadlocks == 0


def test_says_what_it_needs(mysql_server: MysqlServer) -> None:
    tell(mysql_server, "CREATE USER weak_innodb")
    with opened(mysql_server, "weak_innodb") as session:
        assert innodb.unmet(session.server) == [
            "needs the privilege PROCESS; weak_innodb@% has it not; "
            "run GRANT PROCESS ON *.* TO 'weak_innodb'@'%'"
        ]
    tell(mysql_server, "GRANT PROCESS ON *.* TO weak_innodb")
    with opened(mysql_server, "weak_innodb") as session:
        assert innodb.unmet(session.server) == []
        assert len(innodb(session).rows) == 1
    tell(mysql_server, "DROP USER weak_innodb")
    assert query(mysql_server, "SELECT 1") == "1"
