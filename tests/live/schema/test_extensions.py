from __future__ import annotations

from agent.targets.postgres import PostgresSession
from collectors.postgres.extensions import Extension, extensions
from tests.live.database import Database
from tests.live.schema.asking import tell


def test_extensions(database: Database, stranger: PostgresSession) -> None:
    tell(database, "CREATE EXTENSION pgstattuple VERSION '1.4'")
    found = {e.extension: e for e in extensions(stranger).rows}
    assert found["pgstattuple"] == Extension(database.name, "pgstattuple", "1.4", "1.5")
    statements = found["pg_stat_statements"]
    assert statements.installed == statements.available
