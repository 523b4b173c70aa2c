"""Who asks: the superuser, or a role that was granted nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from agent.targets.postgres import PostgresSession
from agent.targets.postgres_connect import PostgresAddress, connect
from tests.live.database import Database
from tests.live.schema.asking import tell


@pytest.fixture
def db(database: Database) -> Iterator[PostgresSession]:
    with closing(connect(PostgresAddress.of_dsn("live", database.dsn))) as session:
        yield session


@pytest.fixture
def stranger(database: Database) -> Iterator[PostgresSession]:
    """A role that was granted nothing."""
    role = f"stranger_{database.name}"
    tell(database, f"CREATE ROLE {role} LOGIN")
    with closing(
        connect(PostgresAddress.of_dsn("live", database.server.dsn(database.name, role)))
    ) as session:
        yield session
    tell(database, f"DROP ROLE {role}")
