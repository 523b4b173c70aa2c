"""The demo: a private server, the shop on it, the agent on that, and the report of it all."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path

import psycopg

from agent.config import load
from agent.daemon import Daemon
from agent.demo.binaries import DemoUnavailable, embedded_binaries
from agent.demo.server import PostgresServer, ServerFailed, start
from agent.demo.workload import Workload
from agent.failure import Failure
from agent.lifecycle import run_until_stopped
from agent.logs import set_up
from exporters.text import render

_CONFIG = """\
[agent]
listen = "127.0.0.1:{port}"
judge_every = "5s"
log_level = "error"

# Nobody waits for minutes at a demo; the defaults are kinder.
[collectors]
"postgres.statements" = "5s"
"postgres.tables" = "10s"
"postgres.indexes" = "10s"
"postgres.databases" = "5s"
"postgres.lock_waits" = "2s"
"postgres.server" = "5s"

[[targets]]
name = "shop"
dsn = "{dsn}"
"""
_WATCH_SECONDS = 30


def show(seconds: int | None, port: int) -> None:
    """Failure where the package with the server is missing or the port is taken."""
    try:
        binaries = embedded_binaries()
    except DemoUnavailable as error:
        raise Failure(str(error)) from None
    began = time.monotonic()
    _say("starting a private PostgreSQL on loopback")
    try:
        with start(binaries, settings={"fsync": "on"}) as server:
            _say("filling a shop with 600,000 rows")
            _fill(server)
            _say("opening the shop: twelve clients, one of them at lunch with a lock")
            with Workload(server.dsn("shop")):
                _watch(server, seconds, port, began)
    except ServerFailed as error:
        raise Failure(str(error)) from None
    _say("the server is stopped and its files are gone")


def _fill(server: PostgresServer) -> None:
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        connection.execute("CREATE EXTENSION pg_stat_statements")
        connection.execute("CREATE DATABASE shop")
    script = Path(__file__).with_name("shop.sql").read_text()
    with psycopg.connect(server.dsn("shop"), autocommit=True) as connection:
        for statement in script.split(";\n"):
            if statement.strip():
                connection.execute(statement.encode())


def _watch(server: PostgresServer, seconds: int | None, port: int, began: float) -> None:
    set_up("error", "text")
    with tempfile.TemporaryDirectory(prefix="dbtriage-demo-") as folder:
        path = Path(folder) / "config.toml"
        path.write_text(_CONFIG.format(port=port, dsn=server.dsn()))
        daemon = Daemon(path, load(path))

        def tell(url: str) -> None:
            _say(f"watching for {_WATCH_SECONDS} s; pages on {url}")
            time.sleep(_WATCH_SECONDS)
            terminal = sys.stdout.isatty()
            width = min(shutil.get_terminal_size((100, 24)).columns, 120) if terminal else 100
            sys.stdout.write(render(daemon.report(), width=width, colour=terminal) + "\n")
            sys.stdout.flush()
            _say(
                f"report after {time.monotonic() - began:.0f} s. It stays live on {url} and "
                f"{url}/metrics " + (f"for {seconds} s in all" if seconds else "until Ctrl-C")
            )

        least = _WATCH_SECONDS + 3
        left = None if seconds is None else max(seconds - (time.monotonic() - began), least)
        run_until_stopped(daemon, seconds=left, started=tell)


def _say(text: str) -> None:
    sys.stderr.write(f"dbtriage demo: {text}\n")
    sys.stderr.flush()
