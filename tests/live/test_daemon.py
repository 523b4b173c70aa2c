"""`dbtriage run`, end to end: a process, real servers, signals, and what Prometheus would see."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import psycopg
import pytest

from tests.live.database import Database
from tests.live.own_servers import OwnServers
from tests.live.proxy import Proxy
from tests.live.rules.background import sessions, until
from tests.live.running import ROOT, Running, target

PHRASE = "hunter2"


def connections(admin: psycopg.Connection[tuple[Any, ...]]) -> int:
    row = admin.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'dbtriage'"
    ).fetchone()
    return int(row[0]) if row else 0


@pytest.mark.newest
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda n: n.name)
def test_from_start_to_end(daemon: Running, database: Database, number: signal.Signals) -> None:
    admin = database.connect()
    admin.execute("CREATE TABLE t (a int)")
    admin.execute("SELECT pg_stat_statements_reset()")  # else other tests' entries push ours out
    daemon.configure(target("shop", database.dsn, database.name))
    daemon.start()

    def counted() -> bool:
        admin.execute("SELECT a FROM t WHERE a = 42")
        mine = {"database": database.name}.items()
        return any(
            s.labels.items() >= mine for s in daemon.metrics("dbtriage_statement_calls_total")
        )

    until(counted)
    (up,) = daemon.metrics("dbtriage_up")
    assert (up.labels, up.value) == ({"target": "shop", "engine": "postgres"}, 1)

    def texts() -> str:
        return " ".join(s.labels["query"] for s in daemon.metrics("dbtriage_statement_info"))

    until(lambda: "SELECT a FROM t" in texts())
    assert "42" not in texts()
    report = daemon.report()
    assert report["schema"] == "dbtriage.report/1"
    (shop,) = report["targets"]
    assert (shop["name"], shop["reachable"], shop["window_kind"]) == ("shop", True, "difference")
    assert {o["outcome"] for o in shop["outcomes"]["rules"]} <= {"evaluated", "not-evaluated"}
    assert all(daemon.get(path) == 200 for path in ("/", "/openapi.json", "/api/v1/blocking"))
    assert 1 <= connections(admin) <= 3
    assert daemon.stop(number) < 5
    until(lambda: connections(admin) == 0)
    assert "Traceback" not in daemon.log


@pytest.mark.newest
def test_a_changed_file(daemon: Running, database: Database) -> None:
    first = target("first", database.dsn, database.name)
    second = target("second", database.dsn, database.name)
    daemon.configure(first)
    daemon.start()
    admin = database.connect()

    daemon.configure(first, second)
    daemon.process.send_signal(signal.SIGHUP)
    until(lambda: daemon.targets() == {"first": True, "second": True})

    daemon.file.write_text(daemon.file.read_text() + "[colectors]\n")
    daemon.process.send_signal(signal.SIGHUP)
    until(lambda: "colectors: no such key (did you mean collectors?)" in daemon.log)
    refused = daemon.client.post("/-/reload")
    assert refused.status_code == 400
    assert "colectors: no such key" in refused.text
    assert daemon.targets() == {"first": True, "second": True}

    daemon.configure(second)
    assert daemon.client.post("/-/reload").status_code == 200
    assert daemon.targets() == {"second": True}
    assert {s.labels["target"] for s in daemon.metrics("dbtriage_up")} == {"second"}
    until(lambda: connections(admin) <= 3)
    assert daemon.stop() < 5


@pytest.mark.newest
def test_blocking_and_its_recommendation_come_and_go(daemon: Running, database: Database) -> None:
    daemon.configure(target("shop", database.dsn, database.name))
    daemon.start()
    with sessions(database.dsn) as live:
        live.do("CREATE TABLE t (a int)")
        holder = live.open("app")
        holder.execute("BEGIN; LOCK TABLE t")
        live.run("SELECT a FROM t")
        until(lambda: [s.value for s in daemon.metrics("dbtriage_blocked_sessions")] == [1])
        blocking = daemon.client.get("/api/v1/blocking").json()["blocking"]
        assert blocking[0]["root"]["state"] == "idle in transaction"
        assert blocking[0]["target"] == "shop"
        holder.execute("ROLLBACK")
        until(lambda: [s.value for s in daemon.metrics("dbtriage_blocked_sessions")] == [0])
    (seconds,) = daemon.metrics("dbtriage_blocked_seconds_total")
    assert seconds.value > 0
    assert daemon.stop() < 5


def test_a_server_that_comes_and_goes(daemon: Running, own_server: OwnServers) -> None:
    server = own_server()
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        admin.execute("CREATE EXTENSION pg_stat_statements")
    dsn = server.dsn().replace("postgres@", f"postgres:{PHRASE}@")
    daemon.configure(target("shop", dsn, "postgres"))
    daemon.start()

    def total() -> float:
        return sum(s.value for s in daemon.metrics("dbtriage_database_commits_total"))

    until(lambda: total() > 0)
    server.crash()
    until(lambda: [s.value for s in daemon.metrics("dbtriage_up")] == [0])
    before = total()
    (down,) = daemon.report()["targets"]
    assert down["error"]
    assert all(o["reason"] for o in down["outcomes"]["rules"] if o["outcome"] == "not-evaluated")
    assert daemon.get("/-/ready") == daemon.get("/") == 200
    server.launch()
    until(lambda: [s.value for s in daemon.metrics("dbtriage_up")] == [1])
    until(lambda: total() > before)
    assert daemon.stop() < 5
    assert daemon.log.count("WARNING shop: ") <= 6, "each reason once, not each round"
    for shown in (daemon.log, str(down)):
        assert PHRASE not in shown


@contextmanager
def stalled(proxy: Proxy) -> Iterator[None]:
    proxy.stall()
    try:
        yield
    finally:
        proxy.flow()


@pytest.mark.newest
def test_a_server_that_hangs_holds_nothing_up(daemon: Running, database: Database) -> None:
    """Neither a scrape, nor another target, nor the end."""
    with ExitStack() as ending:
        proxy = ending.enter_context(Proxy(database.server.port))
        daemon.configure(
            target("ill", proxy.dsn(database.name), database.name),
            target("well", database.dsn, database.name),
        )
        daemon.start()
        ending.enter_context(stalled(proxy))

        def judged() -> str:
            well = next(t for t in daemon.report()["targets"] if t["name"] == "well")
            return str(well["window_seconds"])

        before = judged()
        for _ in range(20):
            began = time.monotonic()
            assert daemon.get("/metrics") == 200
            assert time.monotonic() - began < 0.5
        until(lambda: judged() != before)
        assert daemon.stop() < 5


@pytest.mark.newest
def test_a_server_that_hangs_from_the_start(daemon: Running, database: Database) -> None:
    """Threads still connect when the end is asked for."""
    with Proxy(database.server.port) as proxy, stalled(proxy):
        daemon.configure(target("ill", proxy.dsn(database.name), database.name))
        began = time.monotonic()
        daemon.start()
        assert time.monotonic() - began < 15
        (ill,) = daemon.report()["targets"]
        assert "timeout" in ill["error"]
        assert [s.value for s in daemon.metrics("dbtriage_up")] == [0]
        assert daemon.stop() < 5


@pytest.mark.newest
def test_a_backend_that_stands_still(daemon: Running, database: Database) -> None:
    """The server's own timeouts cannot fire; ours do."""
    daemon.configure(target("shop", database.dsn, database.name))
    daemon.start()
    admin = database.connect()
    rows = admin.execute(
        "SELECT pid FROM pg_stat_activity WHERE application_name = 'dbtriage'"
    ).fetchall()
    for (pid,) in rows:
        os.kill(pid, signal.SIGSTOP)
    try:
        assert daemon.get("/metrics") == 200
        assert daemon.stop() < 5
    finally:
        for (pid,) in rows:
            os.kill(pid, signal.SIGCONT)
    until(lambda: connections(admin) == 0)


def test_a_port_that_is_taken(daemon: Running) -> None:
    daemon.configure(target("shop", "postgresql://127.0.0.1:1/x"))
    text = daemon.file.read_text()
    daemon.file.write_text(text.replace("127.0.0.1:", "0.0.0.0:"))
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "agent", "run", "-c", str(daemon.file)],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert done.returncode == 2
    assert "without authentication dbtriage listens on loopback only" in done.stderr
