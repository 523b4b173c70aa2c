from __future__ import annotations

import psycopg
import pytest

from agent.targets.postgres import PostgresSession
from collectors.postgres.indexes import indexes
from tests.live.database import Database
from tests.live.schema.asking import by_index, one, run, settled, tell, within


def test_what_an_index_is(database: Database, db: PostgresSession) -> None:
    tell(
        database,
        "CREATE TABLE t (id int PRIMARY KEY, a int, b text, c text, r int4range, "
        "UNIQUE (b), EXCLUDE USING gist (r WITH &&))",
        "CREATE INDEX full_house ON t "
        '(a DESC, b COLLATE "C" text_pattern_ops, lower(c)) INCLUDE (id, r)',
        "CREATE INDEX part ON t (a NULLS FIRST) WHERE b = 'done'",
        "CREATE INDEX hashed ON t USING hash (a)",
        "CREATE UNIQUE INDEX identity ON t (id)",
        "ALTER TABLE t REPLICA IDENTITY USING INDEX identity",
        "CREATE TABLE u (id int REFERENCES t (id))",
        "CREATE TABLE p (id int) PARTITION BY HASH (id)",
        "CREATE TABLE q PARTITION OF p FOR VALUES WITH (MODULUS 1, REMAINDER 0)",
        "CREATE INDEX split ON p (id)",
    )
    found = by_index(indexes(db))
    i = found["full_house"]
    assert (i.method, i.table, i.database) == ("btree", "t", database.name)
    assert (i.columns, i.included) == (("a", "b", ""), ("id", "r"))
    assert i.opclasses == ("int4_ops", "text_pattern_ops", "text_ops")
    assert i.collations == ("", "C", "default")
    assert i.options == (3, 0, 0)
    assert (i.expressions, i.predicate, i.constraint) == ("lower(c)", None, None)
    assert i.definition == (
        'CREATE INDEX full_house ON public.t USING btree (a DESC, b COLLATE "C" text_pattern_ops, '
        "lower(c)) INCLUDE (id, r)"
    )
    assert i.size_bytes == one(database, "SELECT pg_relation_size('full_house')")
    part = found["part"]
    assert (part.predicate, part.options, part.included) == ("(b = 'done'::text)", (2,), ())
    pkey, unique, exclusion = found["t_pkey"], found["t_b_key"], found["t_r_excl"]
    assert (pkey.primary, pkey.unique, pkey.constraint) == (True, True, "t_pkey")
    assert (pkey.referenced, unique.referenced) == (True, False)
    assert (unique.primary, unique.unique, unique.constraint) == (False, True, "t_b_key")
    assert (exclusion.exclusion, exclusion.unique, exclusion.method) == (True, False, "gist")
    assert [name for name, index in found.items() if index.replica_identity] == ["identity"]
    assert [name for name, index in found.items() if index.partition_child] == ["q_id_idx"]
    assert (found["split"].size_bytes, found["q_id_idx"].size_bytes > 0) == (0, True)
    assert all(index.valid and index.ready and not index.building for index in found.values())
    assert found["hashed"].method == "hash"


def test_how_an_index_is_used(database: Database, db: PostgresSession) -> None:
    tell(
        database,
        "CREATE TABLE t (a int, b int)",
        "INSERT INTO t SELECT i, i FROM generate_series(1, 1000) i",
        "CREATE INDEX used ON t (a)",
        "CREATE INDEX unused ON t (b)",
        "VACUUM ANALYZE t",
        "SET enable_bitmapscan = off",
        *["SELECT b FROM t WHERE a BETWEEN 11 AND 20"] * 7,
    )
    snapshot = settled(indexes, db, lambda rows: any(i.scans for i in rows))
    found = by_index(snapshot)
    used, unused = found["used"], found["unused"]
    assert (used.scans, used.rows_read, used.rows_fetched, used.rows) == (7, 70, 70, 1000)
    assert (used.read_bytes or 0) + (used.hit_bytes or 0) >= 7 * 8192
    assert (unused.scans, unused.last_scan_at) == (0, None)
    if db.server.at_least(16):
        assert used.last_scan_at == pytest.approx(snapshot.taken_at, abs=60)


def test_an_index_that_is_built_or_was_left_invalid(
    database: Database, db: PostgresSession, stranger: PostgresSession
) -> None:
    tell(database, "CREATE TABLE t (a int)", "INSERT INTO t VALUES (1), (1)")
    with database.connect() as connection, pytest.raises(psycopg.errors.UniqueViolation):
        run(connection, "CREATE UNIQUE INDEX CONCURRENTLY broken ON t (a)")
    blocker, builder = database.connect(), database.connect()
    run(blocker, "BEGIN", "INSERT INTO t VALUES (2)")
    builder.pgconn.send_query(b"CREATE INDEX CONCURRENTLY fresh ON t (a)")
    within(lambda: "fresh" in by_index(indexes(db)))
    found = by_index(indexes(db))
    assert (found["broken"].valid, found["broken"].building) == (False, False)
    assert (found["fresh"].valid, found["fresh"].building) == (False, True)
    # What a role may not see, it takes for under way: no false alarm.
    assert by_index(indexes(stranger))["fresh"].building
