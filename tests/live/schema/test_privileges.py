from __future__ import annotations

from agent.targets.postgres import PostgresSession
from collectors.postgres.columns import columns
from collectors.postgres.databases import databases
from collectors.postgres.foreign_keys import foreign_keys
from collectors.postgres.indexes import indexes
from collectors.postgres.tables import tables
from tests.live.database import Database
from tests.live.schema.asking import by_table, settled, tell


def test_catalogs_and_counters_need_no_grant(database: Database, stranger: PostgresSession) -> None:
    tell(
        database,
        "CREATE SCHEMA closed",
        "CREATE TABLE closed.t (id int PRIMARY KEY, up int REFERENCES closed.t)",
        "CREATE INDEX part ON closed.t (up) WHERE id > 5",
        "INSERT INTO closed.t SELECT i FROM generate_series(1, 10) i",
        "ANALYZE closed.t",
    )
    found = by_table(settled(tables, stranger, lambda rows: rows[0].inserts == 10))
    assert (found["t"].rows, found["t"].heap_bytes) == (10, 8192)
    assert found["t"].row_bytes is None
    assert {i.index: i.predicate for i in indexes(stranger).rows} == {
        "t_pkey": None,
        "part": "(id > 5)",
    }
    assert [key.indexed for key in foreign_keys(stranger).rows] == [False]
    assert [(c.column, c.average_bytes) for c in columns(stranger).rows] == [
        ("id", None),
        ("up", None),
    ]
    assert database.name in {row.database for row in databases(stranger).rows}
