"""A healthy server stays quiet: pgbench on a server with the settings it was born with."""

from __future__ import annotations

import pytest

from agent.demo.server import PostgresServer
from exporters.report import TargetReport
from rules.base import Severity
from tests.live import binaries
from tests.live.own_servers import OwnServers
from tests.live.triage import look

# Durability stays on: to switch it off, as tests do for speed, is a finding.
BORN_WITH = {"fsync": "on", "shared_buffers": "128MB", "max_connections": "100"}


def worrying(report: TargetReport) -> list[str]:
    """Findings of medium or worse; a version whose time is over is no fault of the workload."""
    return [
        f"{r.rule.id}: {r.finding.summary}"
        for r in (a.recommendation for a in report.advice)
        if r.severity >= Severity.MEDIUM and r.rule.id != "version-end-of-life"
    ]


def pgbench(server: PostgresServer, *arguments: str) -> None:
    where = ("-h", "127.0.0.1", "-p", str(server.port), "-U", "postgres")
    server.run("pgbench", *arguments, *where, "postgres")


@pytest.mark.parametrize(
    "major",
    [pytest.param(m, marks=pytest.mark.xdist_group(f"healthy{m}")) for m in (14, 18)],
)
def test_a_healthy_pgbench_database_gives_no_finding_of_medium_or_worse(
    own_server: OwnServers, major: int
) -> None:
    assert major in binaries.MAJORS
    server = own_server(major, settings=BORN_WITH)
    server.run("psql", "-h", "127.0.0.1", "-p", str(server.port), "-U", "postgres",
               "-c", "CREATE EXTENSION pg_stat_statements")  # fmt: skip
    pgbench(server, "-i", "-s", "10", "-q")
    watched = look(server.dsn(), during=lambda: pgbench(server, "-T", "20", "-c", "2"))
    assert worrying(watched) == []
    assert watched.statements, "the workload was seen"
    assert worrying(look(server.dsn())) == []
