"""The servers of MySQL and MariaDB that the other live tests stand on."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pymysql
import pytest

from agent.demo.server import PortTaken, ServerFailed
from tests.live.mysql_binaries import ENGINES, binaries
from tests.live.mysql_database import MysqlDatabase, fresh_mysql_database
from tests.live.mysql_server import MysqlServer, start
from tests.live.mysql_template import template
from tests.live.own_mysql_servers import OwnMysqlServers

ROOT = Path(__file__).parents[2]
EACH = pytest.mark.parametrize("engine", ENGINES)
VERSIONS = {"mysql97": "9.", "maria1011": "10.11.", "maria118": "11.8."}
PROGRAM = """
import sys
from tests.live.mysql_server import start
server = start(sys.argv[1])
print(server.pid, server.data.parent, flush=True)
sys.stdin.read()
"""


def query(server: MysqlServer, statement: str) -> str:
    with server.session() as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        row = cursor.fetchone()
    return str(row[0]) if row else ""


def tell(server: MysqlServer, *statements: str) -> None:
    with server.session() as connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def listening(port: int) -> set[str]:
    """The local addresses, as the kernel writes them, that something listens on at this port."""
    tables = [Path(f"/proc/net/{name}").read_text() for name in ("tcp", "tcp6")]
    rows = [line.split() for table in tables for line in table.splitlines()[1:]]
    places = [row[1].split(":") for row in rows if row[3] == "0A"]
    return {address for address, number in places if int(number, 16) == port}


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_each_engine_runs(mysql_server: MysqlServer, mysql_database: MysqlDatabase) -> None:
    assert query(mysql_server, "SELECT VERSION()").startswith(VERSIONS[mysql_server.name])
    assert query(mysql_server, "SELECT @@performance_schema") == "1"
    assert query(mysql_server, "SELECT COUNT(*) FROM sys.schema_unused_indexes") != ""
    with mysql_database.connect().cursor() as cursor:
        cursor.execute("CREATE TABLE counted (id INT PRIMARY KEY)")
        cursor.execute("INSERT INTO counted VALUES (1)")
    assert mysql_database.dsn == (
        f"{mysql_server.product.lower()}://root@127.0.0.1:{mysql_server.port}/{mysql_database.name}"
    )
    statements = "performance_schema.events_statements_summary_by_digest"
    own = f"SCHEMA_NAME = '{mysql_database.name}' AND DIGEST_TEXT LIKE 'INSERT INTO%'"
    assert query(mysql_server, f"SELECT COUNT_STAR FROM {statements} WHERE {own}") == "1"


@pytest.mark.engines("mysql97", "maria118")
def test_a_test_chooses_its_engines(mysql_server: MysqlServer) -> None:
    assert mysql_server.name in {"mysql97", "maria118"}


def test_listens_on_loopback_only(mysql_server: MysqlServer) -> None:
    assert listening(mysql_server.port) == {"0100007F"}


def test_runs_as_nobody_for_root(mysql_server: MysqlServer) -> None:
    assert Path(f"/proc/{mysql_server.pid}").stat().st_uid != 0


def test_a_database_goes_with_its_connections(mysql_server: MysqlServer) -> None:
    with fresh_mysql_database(mysql_server) as database:
        own = database.connect()
        mysql_server.connect().cursor().execute(f"CREATE TABLE {database.name}.held (id INT)")
        stranger = mysql_server.connect(database=database.name, autocommit=False)
        for connection in (stranger, mysql_server.connect(autocommit=False)):
            connection.cursor().execute(f"SELECT * FROM {database.name}.held")
    assert not own.open
    assert query(mysql_server, "SHOW DATABASES LIKE 'test\\_%'") == ""
    with pytest.raises(pymysql.err.OperationalError):
        stranger.ping(reconnect=False)


@EACH
def test_survives_restart_and_crash(own_mysql_server: OwnMysqlServers, engine: str) -> None:
    server = own_mysql_server(engine, settings={"max_connections": "33"})
    tell(server, "CREATE TABLE sys.kept (id INT)", "INSERT INTO sys.kept VALUES (1)")
    first, port = server.pid, server.port
    server.restart()
    assert server.pid != first
    tell(server, "INSERT INTO sys.kept VALUES (2)")
    lost = server.connect()
    server.kill()
    with pytest.raises(pymysql.err.OperationalError):
        lost.ping(reconnect=False)
    with pytest.raises(pymysql.err.OperationalError):
        server.connect()
    server.launch()
    assert query(server, "SELECT COUNT(*) FROM sys.kept") == "2"
    assert query(server, "SELECT @@max_connections") == "33"
    assert server.port == port


@pytest.mark.parametrize("engine", ["maria1011", "maria118"])
def test_mariadb_as_it_comes(own_mysql_server: OwnMysqlServers, engine: str) -> None:
    server = own_mysql_server(engine, settings={"performance_schema": "OFF"})
    assert query(server, "SELECT @@performance_schema") == "0"


@EACH
def test_a_replica_follows(own_mysql_server: OwnMysqlServers, engine: str) -> None:
    primary = own_mysql_server(engine)
    tell(primary, "CREATE DATABASE sent", "CREATE TABLE sent.before_it AS SELECT 1 AS id")
    assert query(primary, "SELECT @@log_bin") == "0"
    replica = own_mysql_server.replica(primary, settings={"read_only": "ON"})
    tell(primary, "CREATE TABLE sent.after_it AS SELECT 2 AS id", "DELETE FROM sent.before_it")
    awaited = {
        "MySQL": ("@@GLOBAL.gtid_executed", "SELECT WAIT_FOR_EXECUTED_GTID_SET('{}', 20)"),
        "MariaDB": ("@@gtid_binlog_pos", "SELECT MASTER_GTID_WAIT('{}', 20)"),
    }
    position, wait = awaited[primary.product]
    assert query(replica, wait.format(query(primary, f"SELECT {position}"))) == "0"
    assert query(replica, "SELECT id FROM sent.after_it") == "2"
    assert query(replica, "SELECT COUNT(*) FROM sent.before_it") == "0"
    assert query(replica, "SELECT @@read_only") == "1"


@pytest.mark.parametrize("engine", ["mysql97", "maria118"])
def test_a_second_replica_gets_what_the_first_got(
    own_mysql_server: OwnMysqlServers, engine: str
) -> None:
    primary = own_mysql_server(engine)
    own_mysql_server.replica(primary)
    tell(primary, "CREATE DATABASE sent", "CREATE TABLE sent.once AS SELECT 1 AS id")
    second = own_mysql_server.replica(primary)
    assert query(second, "SELECT COUNT(*) FROM sent.once") == "1"
    identity = "SELECT @@server_id"
    assert query(second, identity) != query(primary, identity)


@EACH
def test_the_template_is_not_shared(own_mysql_server: OwnMysqlServers, engine: str) -> None:
    before = {path: path.stat().st_mtime_ns for path in template(engine).rglob("*")}
    one, other = own_mysql_server(engine), own_mysql_server(engine)
    tell(one, "CREATE DATABASE mine")
    assert query(other, "SHOW DATABASES LIKE 'mine'") == ""
    assert {path: path.stat().st_mtime_ns for path in template(engine).rglob("*")} == before
    if one.product == "MySQL":
        assert query(one, "SELECT @@server_uuid") != query(other, "SELECT @@server_uuid")


def test_leaves_nothing_behind() -> None:
    with start("maria118") as server:
        pid, home = server.pid, server.data.parent
        connection = server.connect()
    assert not home.exists()
    assert not connection.open
    assert gone(pid)
    server.close()


@EACH
def test_ends_with_its_program(engine: str) -> None:
    with subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", PROGRAM, engine],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as program:
        assert program.stdout
        pid, home = program.stdout.readline().split()
        program.send_signal(signal.SIGKILL)
    until = time.monotonic() + 30
    while not (gone(int(pid)) and not Path(os.fsdecode(home)).exists()):
        assert time.monotonic() < until, "the server lives on"
        time.sleep(0.01)


def test_runs_from_a_cache_that_is_closed(tmp_path: Path) -> None:
    """As one under /root is."""
    for folder in (binaries("maria1011"), template("maria1011")):
        shutil.copytree(folder, tmp_path / folder.name, symlinks=True)
    tmp_path.chmod(0o700)
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", PROGRAM, "maria1011"],
        cwd=ROOT,
        env={**os.environ, "DBTRIAGE_SERVER_CACHE": str(tmp_path)},
        stdin=subprocess.DEVNULL,
        check=True,
        capture_output=True,
        text=True,
    )
    pid, home = done.stdout.split()
    assert gone(int(pid))
    assert not Path(home).exists()


@pytest.mark.parametrize("engine", ["mysql97", "maria118"])
def test_a_port_that_is_taken(own_mysql_server: OwnMysqlServers, engine: str) -> None:
    server = own_mysql_server(engine)
    server.stop()
    with socket.create_server(("127.0.0.1", server.port)):
        with pytest.raises(PortTaken, match="Address already in use"):
            server.launch()
        server.launch(attempts=2)
    assert query(server, "SELECT @@port") == str(server.port)


@EACH
def test_a_failure_shows_the_log(engine: str) -> None:
    with pytest.raises(ServerFailed, match="no_such_setting"):
        start(engine, {"no_such_setting": "1"})
