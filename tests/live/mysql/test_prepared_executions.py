"""Prepared statements are counted once, on real servers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from collectors.snapshots.statements import LOST
from tests.live.mysql.counting import (
    MARIA,
    Counting,
    asking,
    look,
    of,
    run,
)
from tests.live.mysql.prepared import BinaryStatement
from tests.live.mysql_database import MysqlDatabase
from tests.live.mysql_server import MysqlServer
from tests.live.own_mysql_servers import OwnMysqlServers


def test_prepared_statements_are_counted_once(mysql_database: MysqlDatabase) -> None:
    server, schema = mysql_database.server, mysql_database.name
    connection = mysql_database.connect()
    cursor = connection.cursor()
    cursor.execute("CREATE TABLE t (a int)")
    with asking(server) as session, _told_apart(server):
        counting = Counting(session)
        prepared = BinaryStatement(connection, "SELECT a FROM t WHERE a = 7")
        for _ in range(4):
            prepared.execute()
        counting.look()
        assert counting.calls(schema, "SELECT a FROM t WHERE a = 8") == 4
        prepared.execute()
        cursor.execute("SELECT a FROM t WHERE a = 9")
        # The schema of the session is not that of the statement.
        cursor.execute("USE mysql")
        counting.look()
        assert counting.calls(schema, "SELECT a FROM t WHERE a = 8") == 6
        prepared.close()
        counting.look(whole=True)
        assert counting.calls(schema, "SELECT a FROM t WHERE a = 8") == 6
        window = counting.ledger.window()
        assert window is not None
        assert not [row for row in window.rows if row.digest == LOST]


def test_text_prepared_statements(mysql_database: MysqlDatabase) -> None:
    """MySQL tells what is executed, MariaDB only by which name."""
    cursor = mysql_database.connect().cursor()
    cursor.execute("PREPARE mine FROM 'SELECT 5 AS five'")
    for _ in range(3):
        cursor.execute("EXECUTE mine")
    with asking(mysql_database.server) as session:
        answer = look(session)
    mysql = mysql_database.server.product == "MySQL"
    (row,) = of(answer, mysql_database.name, "SELECT 1 AS five" if mysql else "EXECUTE mine")
    assert row.calls == 3


@pytest.mark.engines("maria1011", "maria118")
def test_execute_immediate_hides_no_prepared_statement(mysql_database: MysqlDatabase) -> None:
    server, schema = mysql_database.server, mysql_database.name
    connection = mysql_database.connect()
    with asking(server) as session, _told_apart(server):
        connection.cursor().execute("EXECUTE IMMEDIATE 'SELECT 5 AS five'")
        prepared = BinaryStatement(connection, "SELECT 1 AS of_the_prepared")
        prepared.execute()
        assert of(look(session), schema, "EXECUTE IMMEDIATE ?")
        (row,) = of(look(session), schema, "SELECT 2 AS of_the_prepared")
    assert row.calls == 1


@contextmanager
def _told_apart(server: MysqlServer) -> Iterator[None]:
    turn = (
        "UPDATE performance_schema.setup_consumers SET ENABLED = '{}' "
        "WHERE NAME = 'events_statements_current'"
    )
    run(server, turn.format("YES"))
    try:
        yield
    finally:
        if server.product == "MariaDB":
            run(server, turn.format("NO"))


@MARIA
def test_executions_that_mariadb_does_not_tell_apart(
    own_mysql_server: OwnMysqlServers, engine: str
) -> None:
    server = own_mysql_server(engine)
    prepared = BinaryStatement(server.connect(), "SELECT 1 AS a")
    prepared.execute()
    with asking(server) as session:
        counting = Counting(session)
        prepared.execute()
        prepared.execute()
        answer = counting.look()
        assert answer.gaps[0].startswith(
            "3 executions of prepared statements are counted under no statement; to tell them "
            "apart, run UPDATE performance_schema.setup_consumers"
        )
        assert _lost(counting) == 2
        with _told_apart(server):
            prepared.execute()
            assert counting.look().gaps == ()
            assert counting.calls("", "SELECT 1 AS a") == 1
        prepared.execute()
        counting.look()
        prepared.execute()
        counting.look(whole=True)
        assert counting.calls("", "SELECT 1 AS a") == 1
        # What was told apart is not lost too; nor is the one of the look that began anew.
        assert _lost(counting) == 3


def _lost(counting: Counting) -> int:
    window = counting.ledger.window()
    assert window is not None
    return sum(row.calls for row in window.rows if row.digest == LOST)
