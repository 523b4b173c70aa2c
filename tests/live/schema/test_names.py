from __future__ import annotations

from agent.targets.postgres import PostgresSession
from collectors.postgres.columns import columns
from collectors.postgres.foreign_keys import foreign_keys
from collectors.postgres.indexes import indexes
from collectors.postgres.sequences import sequences
from collectors.postgres.tables import tables
from tests.live.database import Database
from tests.live.schema.asking import by_index, tell

ODD = "a \"quoted\"\n\\ 'table' 🐘"
QUOTED = '"a ""quoted""\n\\ \'table\' 🐘"'
INDEX = QUOTED[:-1] + '?"'


def test_names_come_through_unchanged(database: Database, db: PostgresSession) -> None:
    tell(
        database,
        f"CREATE SCHEMA {QUOTED}",
        f"CREATE TABLE {QUOTED}.{QUOTED} ({QUOTED} int GENERATED ALWAYS AS IDENTITY PRIMARY KEY)",
        f"CREATE TABLE child ({QUOTED} int CONSTRAINT {QUOTED} REFERENCES {QUOTED}.{QUOTED})",
        f"CREATE INDEX {INDEX} ON {QUOTED}.{QUOTED} ({QUOTED} DESC)",
        f"CREATE SEQUENCE {QUOTED}.more",
        f"INSERT INTO {QUOTED}.{QUOTED} DEFAULT VALUES",
        f"ANALYZE {QUOTED}.{QUOTED}",
    )
    (table,) = (t for t in tables(db).rows if t.table == ODD)
    assert (table.schema, table.row_bytes) == (ODD, 28)
    index = by_index(indexes(db))[f"{ODD}?"]
    assert (index.schema, index.table, index.columns) == (ODD, ODD, (ODD,))
    assert INDEX in index.definition
    (column,) = (c for c in columns(db).rows if c.table == ODD)
    assert (column.column, column.average_bytes) == (ODD, 4)
    (key,) = foreign_keys(db).rows
    assert (key.name, key.columns, key.referenced_columns) == (ODD, (ODD,), (ODD,))
    assert (key.referenced_schema, key.referenced_table) == (ODD, ODD)
    fed = [s for s in sequences(db).rows if s.column]
    assert [(s.table, s.column, s.last_value) for s in fed] == [(f"{ODD}.{ODD}", ODD, 1)]
