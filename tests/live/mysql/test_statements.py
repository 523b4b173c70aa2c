"""What statements cost, on real servers: counters, resets, and which are our own."""

from __future__ import annotations

from typing import Any

import pytest

from agent.collect import ask
from agent.config_target import Target
from agent.targets.mysql_address import MysqlAddress
from agent.watch import Watch
from collectors.mysql.statement_rounds import StatementRounds
from collectors.mysql.statements import statements
from collectors.snapshots.statements import LOST
from tests.live.mysql.counting import (
    ENGINES,
    HOUR,
    TABLE,
    Counting,
    asking,
    look,
    of,
    read_all,
    run,
)
from tests.live.mysql_database import MysqlDatabase
from tests.live.mysql_server import MysqlServer
from tests.live.own_mysql_servers import OwnMysqlServers


def test_a_statement_has_its_counters_and_its_text(mysql_database: MysqlDatabase) -> None:
    cursor = mysql_database.connect().cursor()
    cursor.execute("CREATE TABLE orders (id int PRIMARY KEY, note varchar(20))")
    cursor.execute("INSERT INTO orders VALUES (1, 's3cret'), (2, 's3cret')")
    for _ in range(3):
        cursor.execute("SELECT * FROM orders WHERE note = 's3cret'")
    with pytest.raises(Exception, match="Unknown column"):
        cursor.execute("SELECT nothing FROM orders")
    with asking(mysql_database.server) as session:
        answer = look(session)
    (read,) = of(answer, mysql_database.name, "SELECT * FROM orders WHERE note = 'other'")
    assert read.query == "SELECT * FROM orders WHERE note = ?"
    assert (read.calls, read.rows, read.rows_examined, read.full_scans) == (3, 6, 6, 3)
    assert (read.no_index_calls, read.errors, read.own, read.truncated) == (3, 0, False, False)
    assert 0 < read.exec_seconds < HOUR
    (insert,) = of(answer, mysql_database.name, "INSERT INTO orders VALUES (1, 'x')")
    assert (insert.calls, insert.rows) == (1, 2)
    (wrong,) = of(answer, mysql_database.name, "SELECT nothing FROM orders")
    assert (wrong.calls, wrong.errors) == (1, 1)
    assert not any("s3cret" in row.query for row in answer.rows)
    mysql = mysql_database.server.product == "MySQL"
    assert (read.p95_seconds is not None) == mysql
    assert read.cpu_seconds is None
    assert read.last_seen_at is not None
    assert read.last_seen_at <= answer.taken_at + 1


def test_an_entry_says_when_it_began(mysql_database: MysqlDatabase) -> None:
    mysql_database.connect().cursor().execute("SELECT 1")
    with asking(mysql_database.server) as session:
        answer = look(session)
    (row,) = of(answer, mysql_database.name, "SELECT 1")
    assert answer.counting_since is not None
    assert row.counting_since is not None
    # Up to a second late where the server cuts fractions off.
    assert answer.counting_since <= row.counting_since <= answer.taken_at + 1


@pytest.mark.engines("mysql97")
def test_time_on_a_processor_where_it_is_measured(own_mysql_server: OwnMysqlServers) -> None:
    server = own_mysql_server("mysql97")
    turn = "UPDATE performance_schema.setup_consumers SET ENABLED = 'YES' WHERE NAME = '{}'"
    run(server, turn.format("events_statements_cpu"), "SELECT BENCHMARK(200000, SHA2('x', 256))")
    with asking(server) as session:
        (row,) = of(look(session), "", "SELECT BENCHMARK(1, SHA2('y', 1))")
    assert row.cpu_seconds is not None
    assert 0 < row.cpu_seconds < 2 * row.exec_seconds


@ENGINES
def test_only_what_ran_is_read_again(own_mysql_server: OwnMysqlServers, engine: str) -> None:
    server = own_mysql_server(engine)
    run(server, "SELECT 1 AS a", "SELECT 1 AS b")
    with asking(server) as session:
        counting = Counting(session)
        # As if that look was still to come: nothing has run since.
        session.keep(StatementRounds).last_at += 1000.0
        assert of(counting.look(), "", "SELECT 1 AS a") == []
        run(server, "SELECT 1 AS a", "SELECT 1 AS c", "SELECT 1 AS c")
        counting.look()
        assert counting.calls("", "SELECT 1 AS a") == 1
        assert counting.calls("", "SELECT 1 AS b") == 0
        assert counting.calls("", "SELECT 1 AS c") == 2
        assert of(counting.look(whole=True), "", "SELECT 1 AS b")
        assert counting.calls("", "SELECT 1 AS c") == 2


@ENGINES
def test_a_truncated_table_counts_nothing_twice(
    own_mysql_server: OwnMysqlServers, engine: str
) -> None:
    server = own_mysql_server(engine)
    run(server, "SELECT 1 AS a", "SELECT 1 AS b")
    with asking(server) as session:
        counting = Counting(session)
        began = counting.look().counting_since
        _next_second(server)
        # More executions than before: no counter falls.
        run(server, f"TRUNCATE {TABLE}", *["SELECT 1 AS a"] * 4, "SELECT 1 AS new")
        counting.look()
        assert counting.calls("", "SELECT 1 AS a") == 4
        assert counting.calls("", "SELECT 1 AS new") == 1
        run(server, "SELECT 1 AS b", "SELECT 1 AS a")
        whole = counting.look(whole=True)
        assert counting.calls("", "SELECT 1 AS a") == 5
        assert counting.calls("", "SELECT 1 AS b") == 1
        assert counting.calls("", "SELECT 1 AS new") == 1
        assert began is not None
        assert whole.counting_since is not None
        assert began <= whole.counting_since <= whole.taken_at
        if server.product == "MySQL":  # MariaDB tells whole seconds
            assert began < whole.counting_since


def _next_second(server: MysqlServer) -> None:
    """MariaDB tells only seconds: what is truncated within one seems to have gone on."""
    with server.session() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT UNIX_TIMESTAMP()")
        began = now = cursor.fetchall()
        while now == began:
            cursor.execute("SELECT UNIX_TIMESTAMP()")
            now = cursor.fetchall()


@ENGINES
def test_a_restart_counts_nothing_twice(own_mysql_server: OwnMysqlServers, engine: str) -> None:
    server = own_mysql_server(engine)
    run(server, *["SELECT 1 AS a"] * 5)
    kept: dict[type, Any] = {}
    address = MysqlAddress("db", host="127.0.0.1", port=server.port, user="root")
    first = address.connect(kept)
    counting = Counting(first)
    first.close()
    server.restart()
    run(server, *["SELECT 1 AS a"] * 2)
    counting.session = address.connect(kept)
    # The start is told to two seconds: a server restarted within them seems to be the same one.
    read_all(counting.session)
    answer = look(counting.session)
    counting.ledger.add(answer, counting.session.server.instance)
    assert not answer.partial
    assert counting.calls("", "SELECT 1 AS a") == 2
    counting.session.close()


@ENGINES
def test_what_finds_no_room_is_lost_and_said(
    own_mysql_server: OwnMysqlServers, engine: str
) -> None:
    server = own_mysql_server(engine, settings={"performance_schema_digests_size": "20"})
    run(server, *[f"SELECT 1 AS a{n}" for n in range(40)])
    with asking(server) as session:
        counting = Counting(session)
        run(server, *[f"SELECT 2 AS b{n}" for n in range(30)])
        answer = counting.look()
        (lost,) = [row for row in answer.rows if row.digest == LOST]
        assert (lost.query, lost.database, lost.own) == ("", "", False)
        assert lost.calls >= 60
        (gap,) = answer.gaps
        assert gap == (
            f"{lost.calls:,} executions found no room in performance_schema and are counted "
            "under no statement; raise performance_schema_digests_size, then restart the server"
        )
        window = counting.ledger.window()
        assert window is not None
        # Ours are among them.
        assert 30 <= sum(row.calls for row in window.rows if row.digest == LOST) < 60
        run(server, f"TRUNCATE {TABLE}", "SELECT 1 AS a")
        counting.look(whole=True)
        assert counting.calls("", "SELECT 1 AS a") == 1


@ENGINES
def test_a_consumer_that_is_off(own_mysql_server: OwnMysqlServers, engine: str) -> None:
    server = own_mysql_server(engine)
    off = "UPDATE performance_schema.setup_consumers SET ENABLED = 'NO' WHERE NAME = '{}'"
    run(server, off.format("statements_digest"))
    with asking(server) as session:
        outcome, answer = ask(statements, session)
        assert answer is None
        assert outcome.reason == (
            "needs the consumer statements_digest; it is off; run UPDATE "
            "performance_schema.setup_consumers SET ENABLED = 'YES' WHERE NAME = "
            "'statements_digest', and add performance-schema-consumer-statements-digest to my.cnf"
        )
        run(server, outcome.reason.split("run ")[1].split(", and")[0])
        look(session)


@ENGINES
def test_every_statement_of_ours_is_marked(own_mysql_server: OwnMysqlServers, engine: str) -> None:
    server = own_mysql_server(engine)
    run(server, "SELECT 1 AS theirs", f"TRUNCATE {TABLE}")
    watch = Watch(Target.model_validate({"name": "own", "dsn": server.dsn()}), 60)
    try:
        for _ in range(2):
            watch.collect(watch.collectors)
            watch.walk(watch.collectors)
            watch.sample()
        assert not [o for o in watch.outcomes().rows if o.ended == "failed"]
        with watch.main().session() as session:
            read_all(session)
            answer = statements(session)
    finally:
        watch.close()
    theirs = {row.query for row in answer.rows if not row.own}
    assert theirs == {f"TRUNCATE {TABLE}"}
    assert sum(row.own for row in answer.rows) >= 20
