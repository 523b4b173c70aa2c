from __future__ import annotations

from agent.targets.postgres import PostgresSession
from collectors.postgres.foreign_keys import foreign_keys
from collectors.snapshots.schema import ForeignKey
from tests.live.database import Database
from tests.live.schema.asking import tell


def test_foreign_keys_and_their_indexes(database: Database, db: PostgresSession) -> None:
    tell(
        database,
        "CREATE TABLE parent (a int, b int, PRIMARY KEY (a, b))",
        "CREATE TABLE single (id int PRIMARY KEY)",
        *(
            f"CREATE TABLE {name} (x int, y int, z int, "
            "CONSTRAINT pair FOREIGN KEY (x, y) REFERENCES parent (a, b) ON DELETE CASCADE)"
            for name in ("none", "reversed", "longer", "shorter", "part", "carried", "brin")
        ),
        "CREATE INDEX ON reversed (y, x)",
        "CREATE INDEX ON longer (x, y, z)",
        "CREATE INDEX ON longer (z, x, y)",
        "CREATE INDEX ON shorter (x)",
        "CREATE INDEX ON shorter (x, z, y)",
        "CREATE INDEX ON part (x, y) WHERE z > 0",
        "CREATE INDEX ON carried (x) INCLUDE (y)",
        "CREATE INDEX ON brin USING brin (x, y)",
        "CREATE TABLE hashed (x int REFERENCES single ON DELETE SET NULL)",
        "CREATE INDEX ON hashed USING hash (x)",
        "CREATE TABLE cut (x int REFERENCES single) PARTITION BY HASH (x)",
        "CREATE TABLE cut_1 PARTITION OF cut FOR VALUES WITH (MODULUS 1, REMAINDER 0)",
        "CREATE INDEX ON cut (x)",
    )
    found = {key.table: key for key in foreign_keys(db).rows}
    assert {table for table, key in found.items() if key.indexed} == {
        "reversed",
        "longer",
        "hashed",
        "cut",
    }
    assert found.keys() - {"reversed", "longer", "hashed", "cut"} == {
        "none",
        "shorter",
        "part",
        "carried",
        "brin",
    }
    assert found["none"] == ForeignKey(
        database=database.name,
        schema="public",
        table="none",
        name="pair",
        columns=("x", "y"),
        referenced_schema="public",
        referenced_table="parent",
        referenced_columns=("a", "b"),
        indexed=False,
        on_delete="cascade",
    )
    assert (found["hashed"].on_delete, found["cut"].on_delete) == ("set null", "no action")
