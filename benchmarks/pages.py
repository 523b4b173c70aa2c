"""What /metrics costs: rendering once a change, and each scrape."""

from __future__ import annotations

import gc
import http.client
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from agent.demo.server import PostgresServer, free_port
from benchmarks.measure import Figure, cpu_seconds, resident_bytes
from benchmarks.scene import STATEMENTS, run_all
from collectors.fields import names
from collectors.snapshot import Activity
from collectors.snapshots.statements import Statement
from exporters.prometheus.page import PLAIN, Page
from exporters.prometheus.target import TargetMetrics
from tests.make import make

_SCRAPES = 60
_WATCH_SECONDS = 60.0
_CONFIG = """\
[agent]
listen = "127.0.0.1:{port}"
statement_series = 6000
series_limit = 200000
log_level = "error"
[[targets]]
name = "bench"
dsn = "{dsn}"
"""


def figures(server: PostgresServer) -> Iterator[Figure]:
    yield from _rendering()
    with daemon(server.dsn()) as (pid, port):
        until_full(port, lambda: run_all(server.dsn()))
        yield from scrapes(port)
        yield from _process(server, pid)


def _rendering() -> Iterator[Figure]:
    """The same samples through our pages and through prometheus_client, in the same run."""
    rows = tuple(_row(n) for n in range(STATEMENTS))
    page = Page()
    page.body(PLAIN)
    metrics = TargetMetrics(
        page, ("bench", "postgres"), statement_series=6000, series_limit=200_000
    )
    activity = Activity(60.0, rows)
    took = []
    for _ in range(5):
        began = time.process_time()
        metrics.counted(Statement, activity)
        page.assemble()
        took.append(time.process_time() - began)
    samples = len(names(Statement, "counter")) * STATEMENTS
    yield Figure("rendering 5,000 statements: samples", samples, "")
    yield Figure("rendering a round: agent CPU", 1000 * statistics.median(took), "ms", 100)
    yield Figure("rendered", len(page.body(PLAIN).plain) / 1e6, "MB")
    yield Figure("the same by prometheus_client", 1000 * _by_client(rows), "ms")


def _row(n: int) -> Statement:
    counts = dict.fromkeys(names(Statement, "counter"), n * 7919 % 100003)
    seconds = {name: n / 7 for name in counts if "seconds" in name}
    given: dict[str, Any] = {**counts, **seconds}
    return make(Statement, database="shop", digest=f"{n:016x}", entry=str(n), **given)


def _by_client(rows: tuple[Statement, ...]) -> float:
    registry = CollectorRegistry()
    for name in names(Statement, "counter"):
        of = ("target", "engine", "database", "digest")
        gauge = Gauge(f"dbtriage_statement_{name}", "Help.", of, registry=registry)
        for row in rows:
            gauge.labels("bench", "postgres", row.database, row.digest).set(getattr(row, name))
    began = time.process_time()
    generate_latest(registry)
    return time.process_time() - began


@contextmanager
def daemon(dsn: str) -> Iterator[tuple[int, int]]:
    gc.collect()
    with tempfile.TemporaryDirectory() as folder:
        port, path = free_port(), Path(folder) / "config.toml"
        path.write_text(_CONFIG.format(port=port, dsn=dsn))
        process = subprocess.Popen([sys.executable, "-m", "agent", "run", "-c", str(path)])  # noqa: S603
        try:
            yield process.pid, port
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(10)


def until_ready(port: int) -> None:
    """Until every target was asked once: the start is over."""
    until = time.monotonic() + 60
    while get(port, path="/-/ready")[1] != b"ready\n":
        if time.monotonic() > until:
            raise TimeoutError("the daemon did not become ready")
        time.sleep(0.2)


def until_full(port: int, run: Callable[[], None]) -> None:
    """Statements need two looks, a minute apart, before they have series."""
    until = time.monotonic() + 200
    while time.monotonic() < until:
        run()
        with_series = get(port)[1].count(b"dbtriage_statement_calls_total{")
        if with_series >= STATEMENTS:
            return
        time.sleep(5)
    raise TimeoutError("the daemon did not show all statements")


def get(port: int, encoding: str = "identity", path: str = "/metrics") -> tuple[float, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        began = time.perf_counter()
        connection.request("GET", path, headers={"Accept-Encoding": encoding})
        body = connection.getresponse().read()
        return time.perf_counter() - began, body
    except ConnectionRefusedError:
        return 0.0, b""
    finally:
        connection.close()


def scrapes(port: int, of: str = "") -> Iterator[Figure]:
    for encoding, most in (("identity", 15), ("gzip", 5)):
        found = [get(port, encoding) for _ in range(_SCRAPES)]
        took = sorted(seconds * 1000 for seconds, _ in found)
        name = f"{of}scrape, {'gzip' if encoding == 'gzip' else 'plain'}"
        yield Figure(f"{name}: p50", statistics.median(took), "ms", most)
        yield Figure(f"{name}: p99", took[int(len(took) * 0.99)], "ms")
        yield Figure(f"{name}: size", len(found[0][1]) / 1e6, "MB")
    _, body = get(port)
    series = sum(1 for line in body.splitlines() if not line.startswith(b"#"))
    yield Figure(f"{of}series in all", series, "")


def _process(server: PostgresServer, pid: int) -> Iterator[Figure]:
    """At default intervals, with a tenth of all statements at work."""
    before, began = cpu_seconds(pid), time.monotonic()
    while time.monotonic() < began + _WATCH_SECONDS:
        run_all(server.dsn(), every=10)
        time.sleep(1)
    used = (cpu_seconds(pid) - before) / (time.monotonic() - began)
    yield Figure("agent CPU at default intervals", 100 * used, "% of a core", 3)
    yield Figure("agent RSS", resident_bytes(pid) / 1e6, "MB", 150)
