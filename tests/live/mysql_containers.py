"""MySQL 8.0 and 8.4, which no package source has any more: in containers, where Docker answers."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import docker
import pymysql
from pymysql.cursors import Cursor
from testcontainers.core.container import DockerContainer

from agent.demo.process import PATIENCE_SECONDS
from agent.demo.server import ServerFailed

IMAGES = {"mysql80": "mysql:8.0", "mysql84": "mysql:8.4"}
_PORT = 3306


@cache
def docker_answers() -> bool:
    if "DOCKER_HOST" not in os.environ and not Path("/var/run/docker.sock").exists():
        return False  # the client would leave a socket open that it could not connect
    try:
        docker.from_env(timeout=2).ping()
    except docker.errors.DockerException:
        return False
    return True


class MysqlContainer:
    """What tests that share a server ask of one; its files and its process are Docker's."""

    product = "MySQL"

    def __init__(self, name: str, port: int) -> None:
        self.name = name
        self.port = port
        self._connections = ExitStack()

    def dsn(self, database: str = "", user: str = "root") -> str:
        return f"mysql://{user}@127.0.0.1:{self.port}/{database}"

    def connect(self, **options: Any) -> pymysql.Connection[Cursor]:
        """As root, in autocommit mode; closed when the test ends."""
        return self._connections.enter_context(self.session(**options))

    @contextmanager
    def session(self, **options: Any) -> Iterator[pymysql.Connection[Cursor]]:
        given = {"host": "127.0.0.1", "port": self.port, "user": "root", "autocommit": True}
        connection = pymysql.connect(**{**given, **options})
        try:
            yield connection
        finally:
            if connection.open:
                connection.close()

    def disconnect(self) -> None:
        self._connections.close()


@contextmanager
def start_container(name: str) -> Iterator[MysqlContainer]:
    container = DockerContainer(IMAGES[name]).with_exposed_ports(_PORT)
    container = container.with_env("MYSQL_ALLOW_EMPTY_PASSWORD", "yes")
    with container.with_env("MYSQL_ROOT_HOST", "%") as running:
        server = MysqlContainer(name, int(running.get_exposed_port(_PORT)))
        _await(server)
        yield server


def _await(server: MysqlContainer) -> None:
    """The image starts once without TCP to set itself up, and then for good."""
    until = time.monotonic() + 6 * PATIENCE_SECONDS
    while True:
        try:
            with server.session():
                return
        except pymysql.err.OperationalError as error:
            if time.monotonic() > until:
                raise ServerFailed(f"{server.name} did not become ready: {error}") from None
            time.sleep(0.2)
