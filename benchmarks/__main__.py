"""Run all benchmarks on private servers, print a table and write bench.json."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from agent.demo.server import start
from agent.lifecycle import look_for_cycles_rarely
from benchmarks import collecting, mysql, pages, rds, throughput
from benchmarks.measure import Figure
from benchmarks.scene import STATEMENTS, build
from tests.live import binaries

_SETTINGS = {"pg_stat_statements.max": str(STATEMENTS + 1000), "shared_buffers": "256MB"}


def figures() -> Iterator[Figure]:
    with start(binaries.postgres(18), settings=_SETTINGS) as server:
        _say(f"building {STATEMENTS} statements, 200 tables, 500 indexes")
        build(server.dsn())
        for part in (collecting, pages, throughput):
            _say(part.__name__)
            yield from part.figures(server)
    _say("mysql")
    yield from mysql.figures()
    _say("rds: a quarter of an hour")
    yield from rds.figures()


def main() -> None:
    look_for_cycles_rarely()  # as the daemon does
    found = []
    for figure in figures():
        found.append(figure)
        sys.stdout.write(f"{figure.line}\n")
        sys.stdout.flush()
    Path("bench.json").write_text(json.dumps([f.document for f in found], indent=1) + "\n")
    missed = [f.name for f in found if f.reached is False]
    said = f"not reached: {', '.join(missed)}" if missed else "all targets reached"
    sys.stdout.write(f"\n{said}\n")


def _say(text: str) -> None:
    sys.stderr.write(f"bench: {text}\n")


if __name__ == "__main__":
    main()
