"""Starts and stops a private PostgreSQL from a folder of binaries.

It listens on loopback only and trusts whoever connects, keeps everything in one folder that is
removed in the end, and never outlives the program that started it.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Literal, Self

from agent.demo.binaries import reachable
from agent.demo.process import PATIENCE_SECONDS, Watched
from agent.demo.watchdog import unprivileged

NOTHING: Mapping[str, str] = MappingProxyType({})
SETTINGS = {
    "fsync": "off",
    "listen_addresses": "127.0.0.1",
    "max_connections": "60",
    "shared_buffers": "64MB",
    "shared_preload_libraries": "pg_stat_statements,auto_explain",
}
INITDB = ("-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8")
STOPS = {"fast": signal.SIGINT, "immediate": signal.SIGQUIT}


class ServerFailed(Exception):
    """A program of PostgreSQL did not do what it was started for."""


class PortTaken(ServerFailed):
    """Another program listens on the port."""


class PostgresServer:
    """A server and its folder, made by `start`; leaving its context ends and removes both."""

    def __init__(
        self, binaries: Path, *, folder: Path | None = None, port: int | None = None
    ) -> None:
        self.binaries = binaries
        self.port = port or free_port()
        self._home = Path(tempfile.mkdtemp(prefix="dbtriage-pg-", dir=folder)).resolve()
        self._user = unprivileged()
        self._process: Watched | None = None
        atexit.register(self.close)
        self.data = self._home / "data"
        self.log = self._home / "log"
        self.socket_folder = self._home
        self.log.touch()
        if self._user:
            os.chown(self._home, self._user["user"], self._user["group"])
        self._bin = reachable(binaries, self._user, self._home / "binaries") / "bin"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """Of the postmaster, as it wrote it down itself; only while the server runs."""
        return int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])

    def dsn(self, database: str = "postgres", user: str = "postgres") -> str:
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    def run(self, program: str, *arguments: str) -> str:
        """What one of PostgreSQL's programs (psql, pgbench …), run as the server's user, prints."""
        done = subprocess.run(  # noqa: S603
            [self._bin / program, *arguments],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            **self._user,
        )
        if done.returncode:
            raise ServerFailed(f"{program} ended with {done.returncode}: {done.stdout[-2000:]}")
        return done.stdout

    def configure(self, settings: Mapping[str, str]) -> None:
        """Append to postgresql.conf: ALTER SYSTEM could not override the command line."""
        with (self.data / "postgresql.conf").open("a") as conf:
            for name, value in settings.items():
                quoted = value.replace("'", "''")
                conf.write(f"{name} = '{quoted}'\n")

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

    def stop(self, mode: Literal["fast", "immediate"] = "fast") -> None:
        self._end(STOPS[mode])

    def crash(self) -> None:
        """End every process as a power cut would. `launch` recovers."""
        if self._process is None:
            return
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children")
        backends = children.read_text().split() if children.exists() else []
        self._process.order(signal.SIGKILL)
        for backend in backends:  # a busy one would not notice that its postmaster is gone
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(backend), signal.SIGKILL)
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        self.launch()

    def reload(self) -> None:
        if self._process:
            self._process.order(signal.SIGHUP)

    def close(self) -> None:
        """End the server at once and remove its folder; may be called again."""
        atexit.unregister(self.close)
        if self._process:
            self._process.abandon()
            self._process = None
        shutil.rmtree(self._home, ignore_errors=True)

    def _end(self, number: signal.Signals) -> None:
        if self._process:
            self._process.end(number)
            self._process = None

    def _spawn(self) -> None:
        # A crash leaves a file that says "ready"; no backend is left, the watchdog saw to that.
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        command = [str(self._bin / "postgres"), "-D", str(self.data), "-p", str(self.port)]
        command += ["-k", str(self.socket_folder)]
        self._process = Watched(command, folder=self._home, log=self.log)
        until = time.monotonic() + PATIENCE_SECONDS
        while self._process.running and time.monotonic() < until:
            if self._status() == "ready":
                return
            time.sleep(0.01)
        words = self._process.last_words
        self._end(signal.SIGQUIT)
        failure = PortTaken if "could not create any TCP/IP sockets" in words else ServerFailed
        raise failure(f"postgres on port {self.port} did not become ready:\n{words}")

    def _status(self) -> str:
        """What pg_ctl reads too. Unlike a port, it can't be another server's."""
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()[7].strip()
        except (FileNotFoundError, IndexError):
            return ""


def start(
    binaries: Path,
    *,
    folder: Path | None = None,
    settings: Mapping[str, str] = NOTHING,
    port: int | None = None,
    init_args: Sequence[str] = (),
) -> PostgresServer:
    """A new, empty server. Its own folder is made in `folder`, or where temporary files go."""
    server = PostgresServer(binaries, folder=folder, port=port)
    try:
        server.run("initdb", "-D", str(server.data), *INITDB, *init_args)
        server.configure({**SETTINGS, **settings})
        server.launch(attempts=1 if port else 5)
    except BaseException:
        server.close()
        raise
    return server


def free_port() -> int:
    """A port on loopback that nobody listens on right now."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])
