"""pgbench with the agent on and off, in pairs, because machines are noisy."""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterator
from contextlib import nullcontext

from agent.demo.server import PostgresServer
from benchmarks.measure import Figure
from benchmarks.pages import daemon, until_ready

_PAIRS = 10
_SECONDS = 10
_TPS = re.compile(r"tps = ([\d.]+)")


def figures(server: PostgresServer) -> Iterator[Figure]:
    """Each pair in turn begins with the agent on or off; its start is not measured."""
    server.run("pgbench", "-i", "-s", "10", "-q", *_where(server))
    kept, on, off = [], 0.0, 0.0
    for pair in range(_PAIRS):
        both = {
            with_agent: _tps(server, on=with_agent)
            for with_agent in ((True, False) if pair % 2 else (False, True))
        }
        on, off = on + both[True], off + both[False]
        kept.append(100 * both[True] / both[False])
    name = "pgbench TPS kept with the agent on"
    yield Figure(name, 100 * on / off, "%", 99, at_least=True)
    yield Figure("  median of the pairs", statistics.median(kept), "%")
    yield Figure("  spread of the pairs", max(kept) - min(kept), "points")


def _tps(server: PostgresServer, *, on: bool) -> float:
    with daemon(server.dsn()) if on else nullcontext() as running:
        if running:
            until_ready(running[1])
        said = server.run("pgbench", "-T", str(_SECONDS), "-c", "2", "-n", *_where(server))
    found = _TPS.search(said)
    if not found:
        raise ValueError(f"pgbench said no tps: {said[-200:]}")
    return float(found[1])


def _where(server: PostgresServer) -> tuple[str, ...]:
    return "-h", "127.0.0.1", "-p", str(server.port), "-U", "postgres", "postgres"
