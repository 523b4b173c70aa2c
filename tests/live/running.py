"""The daemon as a process of its own, for tests that look at it from outside."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import httpx
from prometheus_client.parser import text_string_to_metric_families

from agent.demo.server import free_port
from tests.live.rules.background import until

ROOT = Path(__file__).parents[2]
FAST = """
[agent]
listen = "127.0.0.1:{port}"
judge_every = "500ms"
sample_every = "200ms"
statement_series = 10000
series_limit = 1000000
[collectors]
"postgres.statements" = "500ms"
"postgres.databases" = "500ms"
"postgres.lock_waits" = "500ms"
"postgres.tables" = "1s"
"mysql.statements" = "500ms"
"mysql.status" = "500ms"
"mysql.lock_waits" = "500ms"
"mysql.tables" = "1s"
"""


@dataclass(frozen=True, slots=True)
class Sample:
    labels: dict[str, str]
    value: float


class Running:
    """The daemon as a process of its own, on a file that a test may change."""

    def __init__(self, file: Path, log: Path) -> None:
        self.file = file
        self._log = log
        self._port = free_port()
        self._agent = FAST.format(port=self._port)
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self._port}", timeout=2)
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()
        if self._process and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    @property
    def log(self) -> str:
        return self._log.read_text()

    @property
    def process(self) -> subprocess.Popen[bytes]:
        assert self._process
        return self._process

    def configure(self, *targets: str) -> None:
        self.file.write_text(self._agent + "".join(f"[[targets]]\n{each}\n" for each in targets))

    def start(self) -> None:
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-m", "agent", "run", "-c", str(self.file)],
                cwd=ROOT,
                stderr=log,
                stdout=log,
            )
        until(lambda: self.get("/-/ready") == 200)

    def get(self, path: str) -> int:
        """The status; 0 while nobody listens."""
        try:
            return self.client.get(path).status_code
        except httpx.TransportError:
            assert self.process.poll() is None, self.log
            return 0

    def report(self) -> dict[str, Any]:
        found: dict[str, Any] = self.client.get("/api/v1/report").json()
        return found

    def targets(self) -> dict[str, bool]:
        return {t["name"]: t["reachable"] for t in self.report()["targets"]}

    def metrics(self, name: str) -> list[Sample]:
        text = self.client.get("/metrics").text
        return [
            Sample(s.labels, s.value)
            for family in text_string_to_metric_families(text)
            for s in family.samples
            if s.name == name
        ]

    def stop(self, number: signal.Signals = signal.SIGTERM) -> float:
        """Seconds until it ended, which it does with exit code 0."""
        began = time.monotonic()
        self.process.send_signal(number)
        assert self.process.wait(15) == 0, self.log
        return time.monotonic() - began


def target(name: str, dsn: str, *databases: str) -> str:
    listed = ", ".join(f'"{each}"' for each in databases)
    return f'name = "{name}"\ndsn = "{dsn}"\ndatabases = [{listed}]'
