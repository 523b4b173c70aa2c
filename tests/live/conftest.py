"""Servers and databases for the live tests.

A test that takes `server` or `database` runs once on each supported major version, or on those of
`@pytest.mark.majors(16, 18)`, or on the newest only with `@pytest.mark.newest`. All tests of one
major share one server: run with `--dist loadgroup`, or each xdist worker starts its own.

`mysql_server` and `mysql_database` are the same for MySQL and MariaDB: on each of ENGINES, or on
those of `@pytest.mark.engines("mysql97", …)`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from agent.demo.server import PostgresServer, start
from tests.live import binaries, mysql_binaries
from tests.live.database import Database, fresh_database
from tests.live.mysql_containers import (
    IMAGES,
    MysqlContainer,
    docker_answers,
    start_container,
)
from tests.live.mysql_database import MysqlDatabase, fresh_mysql_database
from tests.live.mysql_server import MysqlServer
from tests.live.mysql_server import start as start_mysql
from tests.live.own_mysql_servers import OwnMysqlServers
from tests.live.own_servers import OwnServers
from tests.live.running import Running


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    servers: dict[str, dict[str, int | str]] = {
        "server": {f"pg{major}": major for major in wanted(metafunc.definition)},
        "hypopg_server": {"pg15": 15},
        "mysql_server": {engine: engine for engine in wanted_engines(metafunc.definition)},
    }
    for fixture in servers.keys() & set(metafunc.fixturenames):
        each = [
            pytest.param(version, id=name, marks=pytest.mark.xdist_group(name))
            for name, version in servers[fixture].items()
        ]
        metafunc.parametrize(fixture, each, indirect=True, scope="session")


def wanted(test: pytest.Function) -> tuple[int, ...]:
    if test.get_closest_marker("newest"):
        return binaries.MAJORS[-1:]
    marker = test.get_closest_marker("majors")
    return marker.args if marker else binaries.MAJORS


def wanted_engines(test: pytest.Function) -> tuple[str, ...]:
    marker = test.get_closest_marker("engines")
    return marker.args if marker else (*mysql_binaries.ENGINES, *in_containers())


def in_containers() -> tuple[str, ...]:
    return tuple(IMAGES) if docker_answers() else ()


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


@pytest.fixture(scope="session")
def mysql_server(request: pytest.FixtureRequest) -> Iterator[MysqlServer | MysqlContainer]:
    started = start_container if request.param in IMAGES else start_mysql
    with started(request.param) as running:
        yield running


@pytest.fixture(autouse=True)
def mysql_connections_end(request: pytest.FixtureRequest) -> Iterator[None]:
    """Those to the server that tests share, too, end with the test that opened them."""
    shared = "mysql_server" in request.fixturenames
    server: MysqlServer | None = request.getfixturevalue("mysql_server") if shared else None
    yield
    if server:
        server.disconnect()


@pytest.fixture
def mysql_database(mysql_server: MysqlServer) -> Iterator[MysqlDatabase]:
    with fresh_mysql_database(mysql_server) as fresh:
        yield fresh


@pytest.fixture
def own_mysql_server() -> Iterator[OwnMysqlServers]:
    with ExitStack() as ending:
        yield OwnMysqlServers(ending)


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Running]:
    with Running(tmp_path / "config.toml", tmp_path / "log") as running:
        yield running
