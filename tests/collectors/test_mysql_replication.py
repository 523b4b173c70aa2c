from __future__ import annotations

from typing import Any

import pytest

from collectors.mysql.followed import MasterStatus, SourceStatus
from collectors.mysql.replication import Channel, Workers, replication
from collectors.session import Server
from tests.fakes import FakeSession
from tests.make import row
from tests.rules.mysql_servers import mariadb, mysql

ALL = frozenset({"ALL PRIVILEGES"})
RUNS = {"replica_io_running": "Yes", "replica_sql_running": "Yes"}


def asked(server: Server, shown: dict[str, Any], *workers: dict[str, Any]) -> Channel:
    kind: type[Any] = MasterStatus if "slave_io_running" in shown else SourceStatus
    db = FakeSession(server, by_type={kind: [row(kind, **shown)], Workers: workers})
    (channel,) = replication(db).rows
    return channel


def source(**shown: object) -> Channel:
    return asked(mysql(grants=ALL), {**RUNS, **shown})


@pytest.mark.parametrize(
    ("shown", "state", "error"),
    [
        ({}, "streaming", ""),
        ({"last_sql_errno": 1062}, "streaming", ""),
        (
            {"replica_sql_running": "No", "last_sql_errno": 1062}, "broken",
            "error 1062 while applying: duplicate key",
        ),
        ({"replica_sql_running": "No", "last_sql_errno": 9999}, "broken",
            "error 9999 while applying"),
        (
            {"replica_io_running": "Connecting", "last_io_errno": 2003}, "broken",
            "error 2003 while fetching: the source cannot be reached",
        ),
        ({"replica_io_running": "Connecting"}, "connecting", ""),
        ({"replica_io_running": "Connecting", "replica_sql_running": "No"}, "stopped", ""),
        ({"replica_io_running": "No"}, "stopped", ""),
        ({"replica_sql_running": "No"}, "stopped", ""),
        ({"replica_io_running": "No", "replica_sql_running": "No"}, "stopped", ""),
    ],
    ids=[
        "runs", "an error it got over", "duplicate key", "an error without a kind",
        "the source is gone", "it has just begun", "connects for nobody", "only applies",
        "only fetches", "stopped",
    ],
)  # fmt: skip
def test_states(shown: dict[str, object], state: str, error: str) -> None:
    channel = source(**shown)
    assert (channel.state, channel.error) == (state, error)
    assert (channel.error_number != 0) == (state == "broken")


def test_a_source_of_mysql() -> None:
    shown = {
        "channel_name": "east", "source_host": "db1", "seconds_behind_source": 7.0,
        "sql_delay": 5, "auto_position": 1,
    }  # fmt: skip
    workers = {"channel": "east", "missing": "uuid:1-3:5", "workers": 4, "lag_seconds": 1.5}
    channel = asked(mysql(grants=ALL), {**RUNS, **shown}, workers)
    assert (channel.replica, channel.channel, channel.kind) == ("db1", "east", "receiver")
    assert (channel.replay_lag_seconds, channel.worker_lag_seconds) == (7.0, 1.5)
    assert (channel.retrieved_gap, channel.workers, channel.delay_seconds) == (4, 4, 5)
    assert channel.uses_gtid


def test_a_master_of_mariadb() -> None:
    shown = {
        "connection_name": "east", "master_host": "db1", "slave_io_running": "Yes",
        "slave_sql_running": "Yes", "seconds_behind_master": None, "using_gtid": "Slave_Pos",
        "gtid_io_pos": "0-1-10,1-1-4", "gtid_slave_pos": "0-1-7,1-1-4",
    }  # fmt: skip
    server = mariadb(grants=ALL, settings={"slave_parallel_threads": "8"})
    channel = asked(server, shown)
    assert (channel.replica, channel.channel) == ("db1", "east")
    assert (channel.retrieved_gap, channel.workers, channel.uses_gtid) == (3, 8, True)
    assert channel.replay_lag_seconds is channel.worker_lag_seconds is None


def test_an_old_mysql_says_master_too() -> None:
    shown = {
        "channel_name": "east", "slave_io_running": "Yes", "slave_sql_running": "Yes",
        "auto_position": 0,
    }  # fmt: skip
    channel = asked(mysql(8, 0, 21, grants=ALL), shown)
    assert (channel.channel, channel.uses_gtid, channel.retrieved_gap) == ("east", False, None)


@pytest.mark.parametrize(
    ("settings", "skips"),
    [
        ({"replica_skip_errors": "OFF", "slave_skip_errors": "OFF"}, ""),
        ({"slave_skip_errors": "1062,1032"}, "1062,1032"),
        ({}, ""),
    ],
)
def test_errors_that_are_skipped(settings: dict[str, str], skips: str) -> None:
    assert asked(mysql(grants=ALL, settings=settings), RUNS).skips_errors == skips


def test_nobody_is_followed() -> None:
    db = FakeSession(mysql(grants=ALL))
    assert replication(db).rows == ()
    assert db.ran == ["SHOW REPLICA STATUS"]


def test_says_what_it_needs() -> None:
    assert replication.unmet(mysql(grants=frozenset())) == [
        "needs the privilege REPLICATION CLIENT; dbtriage@% has it not; "
        "run GRANT REPLICATION CLIENT ON *.* TO 'dbtriage'@'%'"
    ]
    assert replication.unmet(mariadb(grants=frozenset({"BINLOG MONITOR"}))) == [
        "needs the privilege SLAVE MONITOR; dbtriage@% has it not; "
        "run GRANT SLAVE MONITOR ON *.* TO 'dbtriage'@'%'"
    ]
    assert replication.unmet(mariadb(grants=frozenset({"SLAVE MONITOR"}))) == []
