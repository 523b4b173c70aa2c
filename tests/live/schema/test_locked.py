"""No lock that others hold keeps a collector from its answer."""

from __future__ import annotations

from contextlib import closing

from agent.targets.postgres import PostgresSession
from agent.targets.postgres_connect import PostgresAddress, connect
from collectors.postgres.columns import columns
from collectors.postgres.foreign_keys import foreign_keys
from collectors.postgres.indexes import indexes
from collectors.postgres.sequences import sequences
from collectors.postgres.tables import tables
from tests.live.database import Database
from tests.live.schema.asking import by_index, by_table, one, run, tell, within


def test_all_answer_while_a_table_is_locked(database: Database, db: PostgresSession) -> None:
    tell(
        database,
        "CREATE TABLE held (id serial PRIMARY KEY, v text)",
        "CREATE TABLE free (id serial PRIMARY KEY)",
        "CREATE INDEX part ON held (lower(v)) WHERE v <> 'done'",
        "INSERT INTO held (v) SELECT 'x' FROM generate_series(1, 1000)",
        "INSERT INTO free DEFAULT VALUES",
        "VACUUM ANALYZE held",
    )
    sizes, parts = by_table(tables(db)), by_index(indexes(db))
    with closing(connect(PostgresAddress.of_dsn("live", database.dsn))) as fresh:
        holder = database.connect()
        run(
            holder,
            "BEGIN",
            "ALTER TABLE held ADD COLUMN w int",
            "ALTER SEQUENCE held_id_seq CACHE 5",
        )

        locked = by_table(tables(db))
        assert locked["held"].heap_bytes == sizes["held"].heap_bytes
        assert locked["free"].heap_bytes == sizes["free"].heap_bytes
        still = by_index(indexes(db))
        assert still["part"].predicate == "(v <> 'done'::text)"
        assert still["part"].definition == parts["part"].definition
        assert still.keys() == parts.keys()
        first_look = indexes(fresh)
        assert by_index(first_look).keys() == {"free_pkey"}
        assert "2 indexes could not be read" in first_look.gaps[0]
        values = {s.sequence: s.last_value for s in sequences(db).rows}
        assert values == {"held_id_seq": None, "free_id_seq": 1}
        assert len(columns(db).rows) == 3
        assert foreign_keys(db).rows == ()
        run(holder, "ROLLBACK")
        assert indexes(fresh).gaps == ()


def test_all_answer_while_a_lock_is_queued(database: Database, db: PostgresSession) -> None:
    tell(database, "CREATE TABLE t (id int PRIMARY KEY)", "INSERT INTO t VALUES (1)")
    reader, writer = database.connect(), database.connect()
    run(reader, "BEGIN", "SELECT * FROM t")
    writer.pgconn.send_query(b"ALTER TABLE t ADD COLUMN w int")
    waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 't'::regclass"
    within(lambda: one(database, waits) == 1)
    assert [t.table for t in tables(db).rows] == ["t"]
    assert "1 index could not be read" in indexes(db).gaps[0]


def test_while_an_index_is_rebuilt(database: Database, db: PostgresSession) -> None:
    """Its own lock is exclusive; that of its table is not."""
    tell(
        database,
        "CREATE TABLE t (id int PRIMARY KEY)",
        "INSERT INTO t VALUES (1)",
        "VACUUM ANALYZE t",
    )
    size = indexes(db).rows[0].size_bytes
    holder = database.connect()
    run(holder, "BEGIN", "REINDEX INDEX t_pkey")
    assert [index.size_bytes for index in indexes(db).rows] == [size]
    assert tables(db).rows[0].index_bytes == size
