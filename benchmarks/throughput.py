"""pgbench with the agent on and off, in pairs, because machines are noisy."""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterator
from contextlib import nullcontext

from agent.demo.server import PostgresServer
from benchmarks.measure import Figure
from benchmarks.pages import daemon

_PAIRS = 6
_SECONDS = 15
_TPS = re.compile(r"tps = ([\d.]+)")


def figures(server: PostgresServer) -> Iterator[Figure]:
    server.run("pgbench", "-i", "-s", "10", "-q", *_where(server))
    kept = []
    for pair in range(_PAIRS):
        both = {on: _tps(server, on=on) for on in ((True, False) if pair % 2 else (False, True))}
        kept.append(both[True] / both[False])
    name, percent = "pgbench TPS kept with the agent on", 100 * statistics.median(kept)
    yield Figure(name, percent, "%", 99, at_least=True)
    yield Figure("  spread of the pairs", 100 * (max(kept) - min(kept)), "points")


def _tps(server: PostgresServer, *, on: bool) -> float:
    with daemon(server) if on else nullcontext():
        said = server.run("pgbench", "-T", str(_SECONDS), "-c", "2", "-n", *_where(server))
    found = _TPS.search(said)
    if not found:
        raise ValueError(f"pgbench said no tps: {said[-200:]}")
    return float(found[1])


def _where(server: PostgresServer) -> tuple[str, ...]:
    return "-h", "127.0.0.1", "-p", str(server.port), "-U", "postgres", "postgres"
