"""Servers and databases for the live tests.

A test that takes `server` or `database` runs once on each supported major version, or on those of
`@pytest.mark.majors(16, 18)`, or on the newest only with `@pytest.mark.newest`. All tests of one
major share one server: run with `--dist loadgroup`, or each xdist worker starts its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from agent.demo.server import PostgresServer, start
from tests.live import binaries
from tests.live.database import Database, fresh_database
from tests.live.own_servers import OwnServers


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    for fixture, majors in (("server", wanted(metafunc.definition)), ("hypopg_server", (15,))):
        if fixture in metafunc.fixturenames:
            each = [
                pytest.param(major, id=f"pg{major}", marks=pytest.mark.xdist_group(f"pg{major}"))
                for major in majors
            ]
            metafunc.parametrize(fixture, each, indirect=True, scope="session")


def wanted(test: pytest.Function) -> tuple[int, ...]:
    if test.get_closest_marker("newest"):
        return binaries.MAJORS[-1:]
    marker = test.get_closest_marker("majors")
    return marker.args if marker else binaries.MAJORS


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest) -> Iterator[PostgresServer]:
    with start(binaries.postgres(request.param)) as running:
        yield running


@pytest.fixture(scope="session")
def hypopg_server(request: pytest.FixtureRequest) -> Iterator[PostgresServer]:
    """PostgreSQL 15 that has HypoPG to create."""
    with start(binaries.hypopg(binaries.postgres(request.param))) as running:
        yield running


@pytest.fixture
def database(server: PostgresServer) -> Iterator[Database]:
    with fresh_database(server, "pg_stat_statements") as fresh:
        yield fresh


@pytest.fixture
def hypopg_database(hypopg_server: PostgresServer) -> Iterator[Database]:
    with fresh_database(hypopg_server, "pg_stat_statements", "hypopg") as fresh:
        yield fresh


@pytest.fixture
def own_server() -> Iterator[OwnServers]:
    with ExitStack() as ending:
        yield OwnServers(ending)
