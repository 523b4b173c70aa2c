"""Two servers, one of which follows the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from collectors.mysql.replication import Channel, replication
from collectors.mysql.server import MysqlServer as ServerRow
from collectors.mysql.server import server as ask_server
from tests.live.mysql.opened import address, opened, query, tell
from tests.live.mysql_binaries import ENGINES
from tests.live.mysql_server import MysqlServer
from tests.live.own_mysql_servers import OwnMysqlServers
from tests.live.rules.background import until


@dataclass(frozen=True, slots=True)
class Pair:
    primary: MysqlServer
    replica: MysqlServer

    @property
    def mysql(self) -> bool:
        return self.primary.product == "MySQL"

    def channel(self) -> Channel:
        with opened(self.replica) as session:
            (row,) = replication(session).rows
        return row

    def until(self, true: Callable[[Channel], bool]) -> Channel:
        """The first look of which it is true."""
        looks: list[Channel] = []

        def seen() -> bool:
            looks.append(self.channel())
            return true(looks[-1])

        until(seen)
        return looks[-1]

    def change(self, option: str) -> None:
        """An option of the applier, which is stopped for it."""
        word = "REPLICATION SOURCE" if self.mysql else "MASTER"
        change = f"CHANGE {word} TO {option.format('SOURCE' if self.mysql else 'MASTER')}"
        tell(self.replica, "STOP REPLICA", change, "START REPLICA")


@pytest.fixture(
    scope="module", params=[pytest.param(e, marks=pytest.mark.xdist_group(e)) for e in ENGINES]
)
def servers(request: pytest.FixtureRequest) -> Iterator[Pair]:
    with ExitStack() as ending:
        start = OwnMysqlServers(ending)
        primary = start(request.param)
        replica = start.replica(primary, settings={"read_only": "ON"})
        yield Pair(primary, replica)


@pytest.fixture
def pair(servers: Pair) -> Pair:
    """With a table of one row on both, and nothing left to apply."""
    tell(
        servers.primary,
        "DROP DATABASE IF EXISTS copied",
        "CREATE DATABASE copied",
        "CREATE TABLE copied.t (id INT PRIMARY KEY, word VARCHAR(40))",
        "INSERT INTO copied.t VALUES (1, 'first')",
    )
    until(lambda: query(servers.replica, "SHOW DATABASES LIKE 'copied'") == "copied")
    servers.until(lambda c: c.state == "streaming" and c.retrieved_gap == 0)
    until(lambda: query(servers.replica, "SELECT word FROM copied.t") == "first")
    return servers


def row(server: MysqlServer) -> ServerRow:
    with opened(server) as session:
        (found,) = ask_server(session).rows
    return found


def test_it_runs(pair: Pair) -> None:
    channel = pair.until(lambda c: c.replay_lag_seconds == 0)
    assert (channel.replica, channel.kind, channel.channel) == ("127.0.0.1", "receiver", "")
    assert (channel.state, channel.error_number, channel.error) == ("streaming", 0, "")
    assert channel.receiver_running
    assert channel.applier_running
    assert (channel.uses_gtid, channel.retrieved_gap, channel.delay_seconds) == (True, 0, 0)
    assert channel.worker_lag_seconds == (0 if pair.mysql else None)
    assert channel.workers == (4 if pair.mysql else 0)
    assert channel.skips_errors == ""


def test_who_follows_whom(pair: Pair) -> None:
    primary, replica = row(pair.primary), row(pair.replica)
    assert (primary.is_replica, replica.is_replica) == (False, True)
    assert (primary.read_only, replica.read_only) == (False, True)
    assert (primary.replicas_connected, replica.replicas_connected) == (1, 0)
    assert primary.super_read_only is (False if pair.mysql else None)
    assert (primary.max_connections, primary.reserved_connections) == (60, 1)
    with opened(pair.primary) as session:
        assert replication(session).rows == ()


def test_it_is_stopped(pair: Pair) -> None:
    tell(pair.replica, "STOP REPLICA")
    channel = pair.channel()
    assert (channel.state, channel.error_number, channel.error) == ("stopped", 0, "")
    assert channel.replay_lag_seconds is channel.worker_lag_seconds is None
    tell(pair.replica, "START REPLICA SQL_THREAD" if pair.mysql else "START SLAVE SQL_THREAD")
    assert pair.channel().state == "stopped"
    tell(pair.replica, "START REPLICA")
    pair.until(lambda c: c.state == "streaming")


def test_it_is_delayed_on_purpose(pair: Pair) -> None:
    pair.change("{}_DELAY = 3600")
    try:
        pair.until(lambda c: c.state == "streaming")
        tell(
            pair.primary,
            "INSERT INTO copied.t VALUES (2, 'a')",
            "INSERT INTO copied.t VALUES (3, 'b')",
        )
        channel = pair.until(lambda c: c.retrieved_gap == 2 and (c.replay_lag_seconds or 0) >= 2)
        assert channel.delay_seconds == 3600
        assert channel.state == "streaming"
    finally:
        pair.change("{}_DELAY = 0")
    pair.until(lambda c: c.retrieved_gap == 0 and c.replay_lag_seconds == 0)


def test_it_is_held_up(pair: Pair) -> None:
    """By a transaction on the replica that has locked the row."""
    holder = pair.replica.connect(autocommit=False)
    with holder.cursor() as cursor:
        cursor.execute("UPDATE copied.t SET word = 'mine'")
        tell(pair.primary, "UPDATE copied.t SET word = 'theirs'")
        channel = pair.until(
            lambda c: (c.replay_lag_seconds or 0) >= 2 and (c.retrieved_gap or 0) == 1
        )
        assert channel.state == "streaming"
        if pair.mysql:
            assert (channel.worker_lag_seconds or 0) >= 1
    holder.rollback()
    channel = pair.until(lambda c: c.retrieved_gap == 0 and c.replay_lag_seconds == 0)
    assert channel.worker_lag_seconds == (0 if pair.mysql else None)


@pytest.mark.parametrize("form", ["STATEMENT", "ROW"])
def test_it_breaks(pair: Pair, form: str) -> None:
    tell(pair.replica, "SET sql_log_bin = 0", "INSERT INTO copied.t VALUES (2, 'hush1')")
    said = f"INSERT INTO copied.t VALUES (2, 'hush2 {form}')"
    tell(pair.primary, f"SET SESSION binlog_format = {form}", said)
    channel = pair.until(lambda c: c.state == "broken")
    assert channel.receiver_running
    assert not channel.applier_running
    assert channel.error_number == 1062
    assert channel.error == "error 1062 while applying: duplicate key"
    assert channel.replay_lag_seconds is channel.worker_lag_seconds is None
    assert channel.retrieved_gap == 1
    assert "hush" not in str(channel)
    assert "copied" not in str(channel)
    tell(pair.replica, "DELETE FROM copied.t WHERE id = 2", "START REPLICA")
    channel = pair.until(lambda c: c.state == "streaming" and c.retrieved_gap == 0)
    assert (channel.error_number, channel.error) == (0, "")


def test_the_source_is_gone(servers: Pair) -> None:
    servers.primary.stop()
    channel = servers.until(lambda c: c.state == "broken")
    assert not channel.receiver_running
    assert channel.applier_running
    assert (
        channel.error
        == f"error {channel.error_number} while fetching: the source cannot be reached"
    )
    servers.primary.launch()
    channel = servers.until(lambda c: c.state == "streaming")
    assert channel.error_number == 0


def test_says_what_it_needs(pair: Pair) -> None:
    name = "REPLICATION CLIENT" if pair.mysql else "SLAVE MONITOR"
    tell(pair.replica, "SET sql_log_bin = 0", "CREATE USER 'who?'@'%'")
    with opened(pair.replica, "who?") as session:
        assert replication.unmet(session.server) == [
            f"needs the privilege {name}; who?@% has it not; run GRANT {name} ON *.* TO 'who?'@'%'"
        ]
        (unknown,) = ask_server(session).rows
        assert (unknown.replicas_connected is None) == pair.mysql
    tell(pair.replica, "SET sql_log_bin = 0", f"GRANT {name} ON *.* TO 'who?'@'%'")
    with opened(pair.replica, "who?") as session:
        assert replication.unmet(session.server) == []
        (channel,) = replication(session).rows
        assert channel.state == "streaming"
        # Nobody may look into performance_schema, where the workers are.
        assert channel.worker_lag_seconds is None
        assert (channel.retrieved_gap is None) == pair.mysql
    tell(pair.replica, "SET sql_log_bin = 0", "DROP USER 'who?'@'%'")


def test_a_promoted_replica_is_none(servers: Pair) -> None:
    """Last: it does not follow again. The connection is the one that was there before."""
    session = address(servers.replica).connect()
    assert [r.is_replica for r in ask_server(session).rows] == [True]
    tell(servers.replica, "STOP REPLICA", "RESET REPLICA ALL")
    assert [r.is_replica for r in ask_server(session).rows] == [False]
    assert replication(session).rows == ()
    session.close()


def test_without_performance_schema(own_mysql_server: OwnMysqlServers) -> None:
    """Its tables of replication are filled all the same; those of threads are not."""
    primary = own_mysql_server("mysql97")
    replica = own_mysql_server.replica(primary, settings={"performance_schema": "OFF"})
    pair = Pair(primary, replica)
    channel = pair.until(lambda c: c.state == "streaming")
    assert (channel.worker_lag_seconds, channel.retrieved_gap, channel.workers) == (0, 0, 4)
    assert row(replica).replicas_connected is None
