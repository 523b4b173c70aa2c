"""What the collectors cost the server and the agent."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import psycopg

from agent.config_target import Target
from agent.demo.server import PostgresServer
from agent.watch import Watch
from benchmarks.measure import Figure, cpu_seconds
from benchmarks.scene import run_all
from collectors.base import Collector
from collectors.snapshots.statements import Statement

_ROUNDS = 10


def figures(server: PostgresServer) -> Iterator[Figure]:
    watch = Watch(Target(name="bench", dsn=server.dsn()), 900.0)
    try:
        yield from _statements(server, watch)
        yield from _everything(server, watch)
    finally:
        watch.close()


def _statements(server: PostgresServer, watch: Watch) -> Iterator[Figure]:
    """Rounds after the first, each with all statements changed in between."""
    asked = [c for c in watch.collectors if c.row is Statement]
    watch.collect(asked)
    server_cpu = agent_cpu = elapsed = 0.0
    for _ in range(_ROUNDS):
        run_all(server.dsn())
        pid = _backend(server)
        before, ours, began = cpu_seconds(pid), time.process_time(), time.perf_counter()
        watch.collect(asked)
        elapsed += time.perf_counter() - began
        agent_cpu += time.process_time() - ours
        server_cpu += cpu_seconds(pid) - before
    ms = 1000 / _ROUNDS
    yield Figure("statements round: elapsed", elapsed * ms, "ms")
    yield Figure("statements round: server CPU", server_cpu * ms, "ms", 45)
    yield Figure("statements round: agent CPU", agent_cpu * ms, "ms")


def _everything(server: PostgresServer, watch: Watch) -> Iterator[Figure]:
    """Each collector's own cost over its default interval, added up; one core is 1."""
    load = {c.id: _ratio(server, watch, c) for c in watch.collectors}
    worst = max(load, key=load.__getitem__)
    percent = 100 * sum(load.values())
    yield Figure("all collectors at default intervals: server", percent, "% of a core", 0.5)
    yield Figure(f"  of it {worst}", 100 * load[worst], "% of a core")


def _ratio(server: PostgresServer, watch: Watch, collector: Collector[Any, Any]) -> float:
    """Server CPU a second."""
    if collector.per_database:
        # Its backend lives for one visit only: elapsed time is the upper bound of its CPU.
        before = watch.spent_seconds
        for _ in range(_ROUNDS):
            watch.walk([collector])
        return (watch.spent_seconds - before) / _ROUNDS / collector.every.total_seconds()
    watch.collect([collector])
    pid = _backend(server)
    before, rounds = cpu_seconds(pid), 0
    until = time.perf_counter() + 1.0
    while time.perf_counter() < until:
        watch.collect([collector])
        rounds += 1
    return (cpu_seconds(pid) - before) / rounds / collector.every.total_seconds()


def _backend(server: PostgresServer) -> int:
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        rows = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE application_name = 'dbtriage'"
        ).fetchall()
    ((pid,),) = rows
    return int(pid)
