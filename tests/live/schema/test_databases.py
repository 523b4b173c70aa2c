from __future__ import annotations

import pytest

from agent.targets.postgres import PostgresSession
from collectors.postgres.databases import Database as DatabaseRow
from collectors.postgres.databases import databases
from tests.live.database import Database
from tests.live.schema.asking import one, run, settled, tell


def row_of(database: Database, rows: tuple[DatabaseRow, ...]) -> DatabaseRow:
    return next(row for row in rows if row.database == database.name)


def test_databases(database: Database, db: PostgresSession) -> None:
    (before,) = (row for row in databases(db).rows if row.database == database.name)
    with database.connect() as connection:
        run(connection, "SET work_mem = '64kB'")
        run(
            connection,
            "SELECT count(*) FROM (SELECT i FROM generate_series(1, 50000) i ORDER BY -i) x",
        )
        for _ in range(3):
            run(connection, "BEGIN", "ROLLBACK")
        run(connection, *["SELECT 1"] * 20)
    tell(database, f"ALTER DATABASE {database.name} CONNECTION LIMIT 17")

    def done(rows: tuple[DatabaseRow, ...]) -> bool:
        now = row_of(database, rows)
        return now.rollbacks >= before.rollbacks + 3 and now.temp_files > 0

    snapshot = settled(databases, db, done)
    now = row_of(database, snapshot.rows)
    assert now.commits >= before.commits + 20
    assert now.temp_bytes > 500_000
    assert (now.connection_limit, before.connection_limit) == (17, None)
    assert (now.sessions or 0) > (before.sessions or 0)
    assert now.connections >= 1
    assert now.size_bytes == pytest.approx(
        one(database, "SELECT pg_database_size(current_database())"), rel=0.1
    )
    assert now.transaction_age > 0
    assert now.multixact_age >= 0
    names = {row.database for row in snapshot.rows}
    assert "postgres" in names
    assert not names & {"template0", "template1"}
    assert snapshot.counting_since
    assert snapshot.counting_since <= snapshot.taken_at


def test_the_size_of_a_database_that_may_not_be_entered(
    database: Database, stranger: PostgresSession
) -> None:
    assert row_of(database, databases(stranger).rows).size_bytes
    tell(database, f"REVOKE CONNECT ON DATABASE {database.name} FROM PUBLIC")
    assert row_of(database, databases(stranger).rows).size_bytes is None
    tell(database, f"GRANT pg_read_all_stats TO {stranger.server.user}")
    assert row_of(database, databases(stranger).rows).size_bytes
