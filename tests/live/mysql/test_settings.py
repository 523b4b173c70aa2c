from __future__ import annotations

import pymysql
import pytest

from collectors.mysql.setting_values import only_at_start
from collectors.mysql.settings import settings
from collectors.snapshots.settings import Setting
from tests.live.mysql.opened import opened, query, tell
from tests.live.mysql_server import MysqlServer
from tests.live.own_mysql_servers import OwnMysqlServers

EACH = pytest.mark.parametrize("engine", ["mysql97", "maria1011", "maria118"])
READ_ONLY_VARIABLE = 1238


def found(server: MysqlServer, user: str = "root") -> dict[str, Setting]:
    with opened(server, user) as session:
        return {s.setting: s for s in settings(session).rows}


def test_every_variable_is_there(mysql_server: MysqlServer) -> None:
    with mysql_server.session() as connection, connection.cursor() as cursor:
        cursor.execute("SHOW GLOBAL VARIABLES")
        shown = {name.lower() for name, _ in cursor.fetchall()}
    left_out = shown - found(mysql_server).keys()
    assert all("gtid" in name or name == "wsrep_start_position" for name in left_out), left_out
    assert found(mysql_server).keys() - shown == set()


def test_values_have_units(mysql_server: MysqlServer) -> None:
    all_of_them = found(mysql_server)
    pool = all_of_them["innodb_buffer_pool_size"]
    assert (pool.value, pool.unit, pool.number) == ("67108864", "B", 67108864.0)
    assert all_of_them["wait_timeout"].unit == "s"
    assert all_of_them["performance_schema"].number == 1.0
    assert all_of_them["max_connections"].number == 60.0
    assert all_of_them["sql_mode"].number is None


def test_tells_who_set_it(mysql_server: MysqlServer) -> None:
    all_of_them = found(mysql_server)
    built_in = all_of_them["eq_range_index_dive_limit"].source
    set_by_file = all_of_them["performance_schema"].source
    assert (built_in, set_by_file) in (("compiled", "explicit"), ("compile-time", "config"))


@EACH
def test_needs_nothing(own_mysql_server: OwnMysqlServers, engine: str) -> None:
    """Neither performance_schema nor a privilege."""
    server = own_mysql_server(engine, settings={"performance_schema": "OFF"})
    tell(server, "CREATE USER nobody")
    assert found(server, "nobody") == found(server)
    assert found(server)["performance_schema"].number == 0.0


@EACH
def test_secrets_and_positions_stay(own_mysql_server: OwnMysqlServers, engine: str) -> None:
    files = {"report_password": "hush1", "init_connect": "SELECT 'hush2'", "log_bin": "binlog"}
    server = own_mysql_server(engine, settings=files)
    tell(server, "CREATE DATABASE moved_on")
    all_of_them = found(server)
    assert "hush" not in str(all_of_them)
    assert all_of_them["report_password"].value == all_of_them["init_connect"].value == "(hidden)"
    position = {"gtid_executed", "gtid_binlog_pos", "gtid_binlog_state", "gtid_current_pos"}
    assert not position & all_of_them.keys()


@pytest.mark.parametrize("engine", ["mysql97"])
def test_what_waits_for_a_restart(own_mysql_server: OwnMysqlServers, engine: str) -> None:
    server = own_mysql_server(engine)
    tell(
        server,
        "SET PERSIST max_connections = 70",
        "SET PERSIST innodb_buffer_pool_size = 100000000",
        "SET PERSIST_ONLY back_log = 91",
    )
    # The buffer pool grows in the background, and by whole chunks.
    all_of_them = found(server)
    assert [s.setting for s in all_of_them.values() if s.pending_restart] == ["back_log"]
    assert all_of_them["max_connections"].source in ("dynamic", "persisted")
    assert all_of_them["back_log"].context == "static"
    server.restart()
    again = found(server)
    assert [s.setting for s in again.values() if s.pending_restart] == []
    assert (again["back_log"].number, again["back_log"].source) == (91.0, "persisted")


@pytest.mark.engines("maria1011", "maria118")
def test_mariadb_tells_what_is_dynamic(mysql_server: MysqlServer) -> None:
    all_of_them = found(mysql_server)
    assert all_of_them["max_connections"].context == "dynamic"
    assert all_of_them["performance_schema"].context == "static"


@pytest.mark.parametrize("engine", ["mysql97"])
def test_what_is_called_static_is(own_mysql_server: OwnMysqlServers, engine: str) -> None:
    server = own_mysql_server(engine)
    named = [name for name in found(server) if only_at_start(name)]
    assert len(named) > 50
    with server.session() as connection, connection.cursor() as cursor:
        for name in named:
            with pytest.raises(pymysql.err.OperationalError) as refused:
                cursor.execute(f"SET GLOBAL {name} = DEFAULT")
            assert refused.value.args[0] == READ_ONLY_VARIABLE, name
    assert query(server, "SELECT 1") == "1"
