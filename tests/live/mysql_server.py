"""Starts and stops a private MySQL or MariaDB, as agent.demo.server does PostgreSQL.

It listens on loopback only and lets root in without a password, keeps everything in one folder
that is removed in the end, and never outlives the program that started it.
"""

from __future__ import annotations

import atexit
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Self

import pymysql
from pymysql.cursors import Cursor

from agent.demo.process import PATIENCE_SECONDS, Watched
from agent.demo.server import NOTHING, PortTaken, ServerFailed, free_port
from tests.live.mysql_binaries import SOURCES, server_program
from tests.live.mysql_template import give, places, reachable, template

SETTINGS = {
    "bind_address": "127.0.0.1",
    "innodb_buffer_pool_size": "64M",
    # A commit outlives the server, if not the machine: nothing waits for a disk.
    "innodb_flush_log_at_trx_commit": "2",
    "innodb_use_native_aio": "OFF",
    "max_connections": "60",
    "performance_schema": "ON",
    "sync_binlog": "0",
}
OF_PRODUCT = {
    "MySQL": {
        "disable_log_bin": "ON",
        "innodb_redo_log_capacity": "16M",
        "mysqlx": "OFF",
        "secure_file_priv": "NULL",
    },
    "MariaDB": {"innodb_log_file_size": "16M"},
}


class MysqlServer:
    """A server and its folder, made by `start`; leaving its context ends and removes both."""

    def __init__(self, name: str, data: Path) -> None:
        """`data`, a data folder that no server runs on, is copied."""
        self.name = name
        self.product = SOURCES[name].product
        self.port = free_port()
        self._home = Path(tempfile.mkdtemp(prefix="dbtriage-mysql-")).resolve()
        self._process: Watched | None = None
        self._connections = ExitStack()
        atexit.register(self.close)
        self.data = self._home / "data"
        self.socket = self._home / "socket"
        self.log = self._home / "error.log"
        self._pid = self._home / "pid"
        self._settings = self._home / "my.cnf"
        shutil.copytree(data, self.data)
        (self.data / "auto.cnf").unlink(missing_ok=True)  # the identity of the server copied from
        self.log.touch()
        self._settings.write_text("[mysqld]\n")
        self.configure({**SETTINGS, **OF_PRODUCT[self.product]})
        give(self._home)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """As the server wrote it down itself; only while it runs."""
        return int(self._pid.read_text())

    def dsn(self, database: str = "", user: str = "root") -> str:
        return f"{self.product.lower()}://{user}@127.0.0.1:{self.port}/{database}"

    def connect(self, **options: Any) -> pymysql.Connection[Cursor]:
        """As root, in autocommit mode; closed when the test ends."""
        return self._connections.enter_context(self.session(**options))

    @contextmanager
    def session(self, **options: Any) -> Iterator[pymysql.Connection[Cursor]]:
        """A connection that its user ends."""
        given = {"host": "127.0.0.1", "port": self.port, "user": "root", "autocommit": True}
        connection = pymysql.connect(**{**given, **options})
        try:
            yield connection
        finally:
            if connection.open:
                connection.close()

    def disconnect(self) -> None:
        """Close what `connect` gave."""
        self._connections.close()

    def configure(self, settings: Mapping[str, str]) -> None:
        """Append to the option file, where the last word counts; read at the next start."""
        with self._settings.open("a") as file:
            file.writelines(f"{name} = {value}\n" for name, value in settings.items())

    def launch(self, attempts: int = 1) -> None:
        """Start, or start again, on the data folder, and wait until connections are accepted.

        With more than one attempt, a port that another program has taken is given up for another.
        """
        self.stop()
        for left in reversed(range(attempts)):
            try:
                self._spawn()
            except PortTaken:
                if not left:
                    raise
                self.port = free_port()
            else:
                return

    def restart(self) -> None:
        self.launch()

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """As a power cut would. `launch` recovers."""
        self._end(signal.SIGKILL)

    def close(self) -> None:
        """End the server at once and remove its folder; may be called again."""
        atexit.unregister(self.close)
        self.disconnect()
        self.kill()
        shutil.rmtree(self._home, ignore_errors=True)

    def _end(self, number: signal.Signals) -> None:
        if self._process:
            self._process.end(number)
            self._process = None

    def _spawn(self) -> None:
        # What a crash leaves, and the next start would believe.
        for left_over in (self._pid, self.socket, self.socket.with_name("socket.lock")):
            left_over.unlink(missing_ok=True)
        said_bytes = self.log.stat().st_size
        self._process = Watched(self._command(), folder=self._home, log=self.log)
        until = time.monotonic() + PATIENCE_SECONDS
        while self._process.running and time.monotonic() < until:
            # Unlike a connection, it leaves no trace in what the server counts.
            if b"ready for connections" in self.log.read_bytes()[said_bytes:]:
                return
            time.sleep(0.01)
        words = self._process.last_words
        self.kill()
        failure = PortTaken if "Bind on TCP/IP port" in words else ServerFailed
        raise failure(f"{self.name} on port {self.port} did not become ready:\n{words}")

    def _command(self) -> list[str]:
        return [
            *server_program(reachable(self.name)),
            f"--defaults-file={self._settings}",
            *places(self.name, self.data),
            f"--tmpdir={self._home}",
            f"--socket={self.socket}",
            f"--pid-file={self._pid}",
            f"--log-error={self.log}",
            f"--port={self.port}",
        ]


def start(name: str, settings: Mapping[str, str] = NOTHING) -> MysqlServer:
    """A new, empty server of one of the ENGINES."""
    server = MysqlServer(name, template(name))
    try:
        server.configure(settings)
        server.launch(attempts=5)
    except BaseException:
        server.close()
        raise
    return server
