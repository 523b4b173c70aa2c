"""The session beside production: read-only, bounded, with words where it is refused."""

from __future__ import annotations

import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from agent.targets.mysql import MysqlSession
from collectors.session import ConnectionLost, PermissionDenied, QueryTimeout, SessionError
from tests.live.mysql.opened import Value, address, asked, opened, query, tell, value
from tests.live.mysql_binaries import ENGINES
from tests.live.mysql_database import MysqlDatabase
from tests.live.mysql_server import MysqlServer
from tests.live.own_mysql_servers import OwnMysqlServers
from tests.live.rules.background import until

EACH = pytest.mark.parametrize("engine", ENGINES)
RIGHT, WRONG = "right", "hush"
SLEEPING = "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE INFO LIKE 'SELECT SLEEP%'"


@pytest.fixture
def session(mysql_server: MysqlServer) -> Iterator[MysqlSession]:
    with opened(mysql_server) as open_one:
        yield open_one


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO kept VALUES (1)",
        "UPDATE kept SET a = 2",
        "DELETE FROM kept",
        "CREATE TABLE more_of_it (a INT)",
        "DROP TABLE kept",
        "TRUNCATE TABLE kept",
        "SELECT * FROM kept FOR UPDATE",
        "ALTER TABLE kept ADD COLUMN b INT",
        "CALL writes()",
    ],
)
def test_nothing_can_be_written(
    mysql_database: MysqlDatabase, session: MysqlSession, sql: str
) -> None:
    name = mysql_database.name
    with mysql_database.connect().cursor() as cursor:
        cursor.execute("CREATE TABLE kept (a INT) ENGINE = InnoDB")
        cursor.execute("CREATE PROCEDURE writes() INSERT INTO kept VALUES (3)")
    before = contents(mysql_database)
    for word in ("kept", "more_of_it", "writes()"):
        sql = sql.replace(word, f"{name}.{word}")
    with pytest.raises(SessionError, match=r"(?i)read.only transaction"):
        session.rows(asked(sql), Value)
    assert contents(mysql_database) == before
    assert value(session, "SELECT 'well' AS value") == "well"


def contents(database: MysqlDatabase) -> str:
    tables = "SELECT GROUP_CONCAT(TABLE_NAME) FROM information_schema.TABLES"
    tables += f" WHERE TABLE_SCHEMA = '{database.name}'"
    columns = tables.replace("TABLE_NAME", "COLUMN_NAME").replace("TABLES", "COLUMNS")
    rows = f"SELECT COUNT(*) FROM {database.name}.kept"
    return " ".join(query(database.server, sql) for sql in (tables, columns, rows))


def test_settings_took(session: MysqlSession) -> None:
    maria = session.server.engine == "mariadb"
    wanted = {
        "sql_mode": "",
        "time_zone": "+00:00",
        "innodb_lock_wait_timeout": "1",
        "lock_wait_timeout": "0" if maria else "1",
        "max_statement_time" if maria else "max_execution_time": "5.000000" if maria else "5000",
        "character_set_client": "utf8mb4",
        "character_set_results": "utf8mb4",
        "min_examined_row_limit": "4294967295",
    }
    for name, setting in wanted.items():
        assert value(session, f"SELECT CAST(@@session.{name} AS CHAR) AS value") == setting, name
    assert value(session, "SELECT DATABASE() AS value") == "information_schema"


def test_a_long_statement_is_ended_and_the_connection_lives(session: MysqlSession) -> None:
    sql = "SELECT COUNT(*) AS value FROM COLUMNS a, COLUMNS b, COLUMNS c"
    with pytest.raises(
        QueryTimeout, match=r"maximum statement execution time|max_statement_time exceeded"
    ):
        session.rows(asked(sql), Value)
    assert value(session, "SELECT 'well' AS value") == "well"


def test_a_sleep_is_ended_too(session: MysqlSession) -> None:
    """MySQL takes it for an answer, 1, that it was interrupted."""
    if session.server.engine == "mysql":
        assert value(session, "SELECT SLEEP(60) AS value") == "1"
    else:
        with pytest.raises(QueryTimeout, match="max_statement_time exceeded"):
            value(session, "SELECT SLEEP(60) AS value")
    assert value(session, "SELECT 'well' AS value") == "well"


def test_a_table_lock_is_not_waited_for(
    mysql_database: MysqlDatabase, session: MysqlSession
) -> None:
    owner = mysql_database.connect().cursor()
    owner.execute("CREATE TABLE held (a INT)")
    owner.execute("LOCK TABLES held WRITE")
    with pytest.raises(QueryTimeout, match="Lock wait timeout exceeded"):
        session.rows(asked(f"SELECT 'in' AS value FROM {mysql_database.name}.held"), Value)
    owner.execute("UNLOCK TABLES")
    assert session.rows(asked(f"SELECT a AS value FROM {mysql_database.name}.held"), Value) == ()


def test_a_flush_with_read_lock_does_not_stop_us(
    mysql_server: MysqlServer, session: MysqlSession
) -> None:
    backup = mysql_server.connect().cursor()
    backup.execute("FLUSH TABLES WITH READ LOCK")
    assert value(session, "SELECT 'well' AS value") == "well"
    with opened(mysql_server) as another:
        assert another.server.user == session.server.user
    backup.execute("UNLOCK TABLES")


def test_a_connection_that_is_ended_is_lost(
    mysql_server: MysqlServer, session: MysqlSession
) -> None:
    tell(mysql_server, f"KILL {value(session, 'SELECT CONNECTION_ID() AS value')}")
    with pytest.raises(ConnectionLost):
        value(session, "SELECT 'well' AS value")
    with pytest.raises(ConnectionLost):
        value(session, "SELECT 'well' AS value")


@EACH
def test_a_server_that_dies_in_mid_question(own_mysql_server: OwnMysqlServers, engine: str) -> None:
    server = own_mysql_server(engine)
    ends: list[BaseException] = []
    with opened(server) as session:
        asking = threading.Thread(target=_ask, args=(session, ends))
        asking.start()
        until(lambda: query(server, SLEEPING) == "1")
        server.kill()
        asking.join(20)
        assert [type(end) for end in ends] == [ConnectionLost], ends
    with pytest.raises(ConnectionLost) as gone:
        address(server).connect()
    assert "Can't connect to MySQL server on '127.0.0.1'" in str(gone.value)


def _ask(session: MysqlSession, ends: list[BaseException]) -> None:
    try:
        value(session, "SELECT SLEEP(20) AS value")
    except SessionError as end:
        ends.append(end)


@EACH
def test_no_room(own_mysql_server: OwnMysqlServers, engine: str) -> None:
    server = own_mysql_server(engine, settings={"max_connections": "10"})
    tell(server, "CREATE USER few WITH MAX_USER_CONNECTIONS 1")
    with opened(server, "few"), pytest.raises(ConnectionLost) as refused:
        address(server, "few").connect()
    assert "max_user_connections" in str(refused.value)
    with ExitStack() as crowd:
        crowd.callback(server.disconnect)
        for _ in range(11):
            server.connect()
        with pytest.raises(ConnectionLost, match="Too many connections"):
            address(server).connect()
    # A connection takes a moment to be gone.
    until(lambda: _connects(server))


def _connects(server: MysqlServer) -> bool:
    try:
        address(server).connect().close()
    except ConnectionLost:
        return False
    return True


def test_a_wrong_password(mysql_server: MysqlServer) -> None:
    tell(mysql_server, "CREATE USER guarded IDENTIFIED BY 'right'")
    try:
        with pytest.raises(ConnectionLost) as refused:
            address(mysql_server, "guarded", password=WRONG).connect()
        assert "Access denied for user 'guarded'" in str(refused.value)
        assert "hush" not in str(refused.value)
        with opened(mysql_server, "guarded", password=RIGHT) as session:
            assert session.server.user == "guarded@%"
            assert session.server.grants == {"USAGE"}
            with pytest.raises(PermissionDenied):
                session.rows(asked("SELECT User AS value FROM mysql.user"), Value)
    finally:
        tell(mysql_server, "DROP USER guarded")


def test_an_expired_password(mysql_server: MysqlServer) -> None:
    tell(mysql_server, "CREATE USER old IDENTIFIED BY 'hush' PASSWORD EXPIRE")
    try:
        with pytest.raises(ConnectionLost, match=r"(?i)password") as refused:
            address(mysql_server, "old", password=WRONG).connect()
        assert "hush" not in str(refused.value)
    finally:
        tell(mysql_server, "DROP USER old")


@EACH
def test_a_unix_socket(own_mysql_server: OwnMysqlServers, engine: str) -> None:
    server = own_mysql_server(engine)
    tell(server, "CREATE USER local@localhost IDENTIFIED BY 'right'")
    with opened(server, "local", host=str(server.socket), password=RIGHT) as session:
        assert session.server.user == "local@localhost"


@EACH
def test_defaults_that_are_not_ours(own_mysql_server: OwnMysqlServers, engine: str) -> None:
    server = own_mysql_server(engine, settings={"character_set_server": "latin1"})
    odd = "'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PIPES_AS_CONCAT,IGNORE_SPACE'"
    tell(
        server,
        f"SET GLOBAL sql_mode = {odd}",
        "SET GLOBAL time_zone = '+05:30'",
        "SET GLOBAL TRANSACTION ISOLATION LEVEL SERIALIZABLE",
        "SET GLOBAL character_set_client = 'latin1'",
        "SET GLOBAL autocommit = OFF",
        "CREATE USER plain",
    )
    with opened(server, "plain") as session:
        assert value(session, """SELECT "ünï" AS value""") == "ünï"
        assert value(session, r"SELECT 'a\\b' AS value") == r"a\b"
        assert value(session, "SELECT @@autocommit AS value") == "1"
        asked_at = float(value(session, "SELECT UNIX_TIMESTAMP(NOW(6)) + 0e0 AS value"))
        assert abs(session.now() - asked_at) < 2


def test_bytes_that_are_not_text(session: MysqlSession) -> None:
    assert value(session, "SELECT CONCAT('a', x'ff', 'b') AS value") == "a\ufffdb"
    assert value(session, "SELECT CONVERT(x'e4' USING latin1) AS value") == "ä"
    assert value(session, "SELECT NULL AS value") == "None"


def test_columns_that_do_not_fit_are_an_error(session: MysqlSession) -> None:
    with pytest.raises(TypeError, match="columns and fields of Value differ: other"):
        session.rows(asked("SELECT '' AS value, 1 AS other"), Value)


def test_an_error_quotes_no_statement(session: MysqlSession) -> None:
    with pytest.raises(SessionError) as wrong:
        session.rows(asked("SELECT 'hush' FROM FROM"), Value)
    assert str(wrong.value) == "the server answered with error 1064"


@pytest.fixture
def certificates() -> Iterator[Path]:
    """Of an authority of our own, for a server called localhost, which is the user nobody."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield certified(Path(name))


def certified(folder: Path) -> Path:
    openssl(folder, "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -subj /CN=ours")
    openssl(
        folder, "req -newkey rsa:2048 -nodes -keyout key.pem -out asked.pem -subj /CN=localhost"
    )
    (folder / "names").write_text("subjectAltName = DNS:localhost\n")
    sign = "x509 -req -in asked.pem -CA ca.pem -CAkey ca.key -CAcreateserial -out cert.pem"
    openssl(folder, f"{sign} -extfile names")
    (folder / "key.pem").chmod(0o644)
    openssl(folder, "req -x509 -newkey rsa:2048 -nodes -keyout no.key -out other.pem -subj /CN=no")
    return folder


def openssl(folder: Path, arguments: str) -> None:
    subprocess.run(["openssl", *arguments.split()], cwd=folder, check=True, capture_output=True)  # noqa: S603, S607


@EACH
def test_tls(own_mysql_server: OwnMysqlServers, certificates: Path, engine: str) -> None:
    files = {"ssl_ca": "ca.pem", "ssl_cert": "cert.pem", "ssl_key": "key.pem"}
    settings = {name: str(certificates / file) for name, file in files.items()}
    server = own_mysql_server(engine, settings={**settings, "require_secure_transport": "ON"})
    ours, other = str(certificates / "ca.pem"), str(certificates / "other.pem")
    for tls, ca in (
        ("verify-full", ours),
        ("verify-ca", ours),
        ("require", ours),
        ("prefer", None),
    ):
        with opened(server, host="localhost", tls=tls, tls_ca=ca) as session:
            cipher = "SHOW SESSION STATUS LIKE 'Ssl_cipher'"
            assert value(session, cipher), tls
    for refused in (
        {"host": "localhost", "tls": "verify-full", "tls_ca": other},
        {"host": "localhost", "tls": "verify-ca", "tls_ca": other},
        {"host": "127.0.0.1", "tls": "verify-full", "tls_ca": ours},
    ):
        with pytest.raises(ConnectionLost, match="certificate verify failed"):
            address(server, **refused).connect()
    # MariaDB before 11.4 says no more than that it refuses.
    with pytest.raises(ConnectionLost, match=r"insecure transport|Access denied"):
        address(server, tls="disable").connect()
    with opened(server, host="127.0.0.1", tls="verify-ca", tls_ca=ours) as session:
        assert session.server.user.startswith("root@")
