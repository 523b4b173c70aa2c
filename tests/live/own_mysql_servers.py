"""MySQL and MariaDB servers that a test may break: started for it alone, ended with it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import ExitStack

from pymysql.cursors import DictCursor

from agent.demo.process import PATIENCE_SECONDS
from agent.demo.server import NOTHING, ServerFailed
from tests.live.mysql_server import MysqlServer, start

GTID = {"MySQL": {"gtid_mode": "ON", "enforce_gtid_consistency": "ON"}, "MariaDB": {}}


class OwnMysqlServers:
    """Call it for a server, ask it for a replica of one."""

    def __init__(self, ending: ExitStack) -> None:
        self._ending = ending

    def __call__(
        self, name: str = "mysql97", *, settings: Mapping[str, str] = NOTHING
    ) -> MysqlServer:
        return self._ending.enter_context(start(name, settings))

    def replica(
        self, primary: MysqlServer, *, settings: Mapping[str, str] = NOTHING
    ) -> MysqlServer:
        """A replica that follows, and has all that the primary had.

        The primary is stopped to be copied, and gets a binary log if it has none: connect later.
        """
        position = _prepared(primary)
        replica = self._ending.enter_context(MysqlServer(primary.name, primary.data))
        primary.launch()
        identity = {"log_bin": "binlog", "server_id": str(replica.port)}
        replica.configure({**identity, **GTID[primary.product], **settings})
        replica.launch(attempts=5)
        _follow(replica, primary, position)
        return replica


def _prepared(primary: MysqlServer) -> str:
    """Leaves it stopped, with a binary log. Answers how far MariaDB's had got."""
    mysql = primary.product == "MySQL"
    with primary.session() as connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT @@log_bin, {'@@gtid_mode' if mysql else '@@gtid_binlog_pos'}")
        ((logs, gtid),) = cursor.fetchall()
    if not logs or gtid == "OFF":
        primary.configure({"log_bin": "binlog", **GTID[primary.product]})
    primary.stop()
    return "" if mysql else gtid


def _follow(replica: MysqlServer, primary: MysqlServer, position: str) -> None:
    source = "SOURCE" if replica.product == "MySQL" else "MASTER"
    place = f"{source}_HOST = '127.0.0.1', {source}_PORT = {primary.port}, {source}_USER = 'root'"
    place += f", {source}_CONNECT_RETRY = 1"
    with replica.session() as connection, connection.cursor(DictCursor) as cursor:
        cursor.execute("STOP REPLICA")  # a copy of a replica follows what that one does
        if replica.product == "MySQL":
            option = "SOURCE_AUTO_POSITION = 1, GET_SOURCE_PUBLIC_KEY = 1"
            cursor.execute(f"CHANGE REPLICATION SOURCE TO {place}, {option}")
        else:
            cursor.execute("RESET MASTER")  # its own log began as the primary's, which it is to get
            cursor.execute("SET GLOBAL gtid_slave_pos = %s", [position])
            cursor.execute(f"CHANGE MASTER TO {place}, MASTER_USE_GTID = slave_pos")
        cursor.execute("START REPLICA")
        _await_running(cursor)


def _await_running(cursor: DictCursor) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        cursor.execute("SHOW REPLICA STATUS")
        status = cursor.fetchone() or {}
        states = [value for name, value in status.items() if name.endswith("_Running")]
        if states == ["Yes", "Yes"]:
            return
        time.sleep(0.01)
    errors = {name: value for name, value in status.items() if name.endswith("_Error") and value}
    raise ServerFailed(f"the replica does not run: {states} {errors}")
