"""The daemon on two hundred instances of RDS and Aurora, whose AWS is our own fake."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families

from agent.demo.server import free_port
from benchmarks.measure import Figure, cpu_seconds, resident_bytes
from benchmarks.rds_world import INSTANCES

# CloudWatch is asked every five minutes; from the second round on in batches.
_WARM_SECONDS = 400
_MEASURED_SECONDS = 300
_MONTH_MINUTES = 30 * 24 * 60
_CALLS, _DOLLARS = "dbtriage_aws_api_calls_total", "dbtriage_aws_api_cost_dollars_total"


def figures() -> Iterator[Figure]:
    with _account() as url, _daemon(url) as (process, client):
        _until_ready(client)
        time.sleep(_WARM_SECONDS)
        before, started, cpu = _totals(client), time.monotonic(), cpu_seconds(process.pid)
        time.sleep(_MEASURED_SECONDS)
        minutes = (time.monotonic() - started) / 60
        spent = cpu_seconds(process.pid) - cpu
        grown = {name: value - before.get(name, 0) for name, value in _totals(client).items()}
        memory = resident_bytes(process.pid)
    per_minute = {name: value / minutes for name, value in grown.items()}
    dollars = per_minute.pop(_DOLLARS)
    insights = sum(v for n, v in per_minute.items() if n.startswith("pi:"))
    series = per_minute.get("cloudwatch:GetMetricData", 0.0)
    yield Figure("calls to AWS, 200 instances", sum(per_minute.values()), "calls/min")
    yield Figure("  Performance Insights, one instance", insights / INSTANCES, "calls/min", 3)
    yield Figure("  GetMetricData, 20 instances", series / INSTANCES * 20, "calls/min", 1)
    yield Figure("  what AWS charges for them, about", dollars * _MONTH_MINUTES, "dollars/month")
    yield Figure("agent CPU, 200 instances of RDS", 100 * spent / (minutes * 60), "% of a core")
    yield Figure("agent RSS, 200 instances of RDS", memory / 2**20, "MB")


@contextlib.contextmanager
def _account() -> Iterator[str]:
    command = [sys.executable, "-m", "benchmarks.rds_world"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdout  # noqa: S101
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()


@contextlib.contextmanager
def _daemon(url: str) -> Iterator[tuple[subprocess.Popen[bytes], httpx.Client]]:
    port = free_port()
    key = {"AWS_ACCESS_KEY_ID": "AKIAFAKE", "AWS_SECRET_ACCESS_KEY": "not-a-secret"}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "config.toml"
        file.write_text(
            f'[agent]\nlisten = "127.0.0.1:{port}"\n'
            '[[discover.rds]]\nregion = "eu-west-1"\nnames = ["*"]\n'
        )
        command = [sys.executable, "-m", "agent", "run", "-c", str(file)]
        environment = {**os.environ, **key, "AWS_ENDPOINT_URL": url}
        with (
            subprocess.Popen(command, env=environment) as process,  # noqa: S603
            httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client,
        ):
            try:
                yield process, client
            finally:
                process.terminate()


def _until_ready(client: httpx.Client) -> None:
    """Every instance was found and judged."""
    while True:
        with contextlib.suppress(httpx.TransportError):
            made = client.get("/api/v1/targets").json()["targets"]
            if len(made) == INSTANCES and client.get("/-/ready").is_success:
                return
        time.sleep(1)


def _totals(client: httpx.Client) -> dict[str, float]:
    """Calls by service and operation, and dollars."""
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(client.get("/metrics").text):
        for sample in family.samples:
            if sample.name == _CALLS:
                name = f"{sample.labels['service']}:{sample.labels['operation']}"
                found[name] = found.get(name, 0.0) + sample.value
            elif sample.name == _DOLLARS:
                found[_DOLLARS] = sample.value
    return found
