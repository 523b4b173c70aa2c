from __future__ import annotations

import pytest

from agent.targets.postgres import PostgresSession
from collectors.postgres.tables import tables
from tests.live.database import Database
from tests.live.schema.asking import by_table, one, settled, tell


def test_how_a_table_is_used(database: Database, db: PostgresSession) -> None:
    tell(
        database,
        "CREATE TABLE t (id int PRIMARY KEY, v text) WITH (autovacuum_enabled = false)",
        "ALTER TABLE t ALTER v SET STORAGE EXTERNAL",
        "INSERT INTO t SELECT i, 'short' FROM generate_series(1, 1000) i",
        "INSERT INTO t VALUES (0, repeat('long', 10000))",
    )
    settled(tables, db, lambda rows: rows[0].inserts == 1001)
    tell(
        database,
        "VACUUM ANALYZE t",
        "UPDATE t SET v = 'other' WHERE id <= 100 AND id > 0",
        "DELETE FROM t WHERE id > 950",
        *["SELECT count(*) FROM t WHERE v = 'x'"] * 3,
        "SET enable_seqscan = off",
        *["SELECT v FROM t WHERE id = 5"] * 4,
    )
    snapshot = settled(tables, db, lambda rows: rows[0].seq_scans >= 4)
    (t,) = snapshot.rows
    assert (t.database, t.schema, t.table, t.kind) == (database.name, "public", "t", "table")
    assert (t.rows, t.inserts, t.updates, t.deletes) == (1001, 1001, 100, 50)
    assert (t.live_rows, t.dead_rows, t.modified_rows) == (951, 150, 150)
    assert t.heap_bytes == one(database, "SELECT pg_relation_size('t')")
    assert t.total_bytes == t.heap_bytes + t.index_bytes + t.toast_bytes
    assert t.index_bytes == one(database, "SELECT pg_relation_size('t_pkey')")
    assert 40_000 < t.toast_bytes < 100_000
    assert t.heap_read_bytes + t.heap_hit_bytes >= 4 * t.heap_bytes
    assert t.heap_pages > 0
    assert t.row_bytes
    assert 30 < t.row_bytes < 90
    assert t.vacuum_trigger_rows == pytest.approx(50 + 0.2 * 1001)
    assert (t.vacuums, t.analyzes, t.autovacuumed_at) == (1, 1, None)
    for moment in (t.vacuumed_at, t.analyzed_at):
        assert moment == pytest.approx(snapshot.taken_at, abs=60)
    assert t.seq_rows >= 3 * 951
    assert t.index_scans >= 4
    assert (t.has_primary_key, t.has_unique_key, t.autovacuum) == (True, True, False)
    assert snapshot.counting_since
    assert snapshot.taken_at - 3600 < snapshot.counting_since <= snapshot.taken_at


def test_a_table_made_again_counts_anew(database: Database, db: PostgresSession) -> None:
    make = ("CREATE TABLE t (a int)", "INSERT INTO t VALUES (1), (2)")
    tell(database, *make)
    (before,) = settled(tables, db, lambda rows: rows[0].inserts == 2).rows
    tell(database, "DROP TABLE t", *make)
    (after,) = settled(tables, db, lambda rows: rows[0].inserts == 2).rows
    assert before.oid != after.oid
    assert (before.rows, before.row_bytes, before.analyzed_at) == (None, None, None)


def test_what_a_table_is(database: Database, db: PostgresSession) -> None:
    tell(
        database,
        "CREATE TABLE parent (id int, at date) PARTITION BY RANGE (at)",
        "CREATE TABLE child PARTITION OF parent FOR VALUES FROM ('2020-01-01') TO ('2021-01-01')",
        "CREATE MATERIALIZED VIEW seen AS SELECT 1 AS id",
        "CREATE VIEW left_out AS SELECT 1 AS id",
        "CREATE TABLE keyed (id int NOT NULL, b int NOT NULL, c int)",
        "CREATE UNIQUE INDEX keyed_i ON keyed (id, b) INCLUDE (c)",
        "ALTER TABLE keyed REPLICA IDENTITY FULL",
        "CREATE TABLE loose (id int UNIQUE, b int NOT NULL)",
        "CREATE UNIQUE INDEX partial ON loose (b) WHERE id > 0",
        "CREATE PUBLICATION partly FOR TABLE parent",
    )
    found = by_table(tables(db))
    assert {name: table.kind for name, table in found.items()} == {
        "parent": "partitioned table",
        "child": "partition",
        "seen": "materialized view",
        "keyed": "table",
        "loose": "table",
    }
    assert (found["keyed"].has_primary_key, found["keyed"].has_unique_key) == (False, True)
    assert (found["keyed"].replica_identity, found["loose"].replica_identity) == ("full", "default")
    assert not found["loose"].has_unique_key
    assert {name for name, table in found.items() if table.published} == {"parent", "child"}
    assert found["parent"].transaction_age is None
    assert found["child"].transaction_age is not None
    tell(database, "CREATE PUBLICATION everything FOR ALL TABLES")
    assert {t.table for t in tables(db).rows if not t.published} == {"seen"}


@pytest.mark.majors(15, 18)
def test_a_published_schema(database: Database, db: PostgresSession) -> None:
    tell(database, "CREATE SCHEMA s", "CREATE TABLE s.inside (a int)", "CREATE TABLE outside ()")
    tell(database, "CREATE PUBLICATION p FOR TABLES IN SCHEMA s")
    assert [t.table for t in tables(db).rows if t.published] == ["inside"]


@pytest.mark.parametrize(
    ("options", "trigger"),
    [
        ("fillfactor = 70", 250),
        ("autovacuum_vacuum_threshold = 10, autovacuum_vacuum_scale_factor = 0.1", 110),
        ("autovacuum_vacuum_scale_factor = 0", 50),
    ],
)
def test_storage_parameters(
    database: Database, db: PostgresSession, options: str, trigger: float
) -> None:
    tell(
        database,
        f"CREATE TABLE t (a int) WITH ({options})",
        "INSERT INTO t SELECT generate_series(1, 1000)",
        "ANALYZE t",
    )
    (table,) = tables(db).rows
    assert table.vacuum_trigger_rows == pytest.approx(trigger)
    assert table.fillfactor == (70 if "fillfactor" in options else 100)
    assert table.autovacuum


@pytest.mark.majors(18)
@pytest.mark.parametrize(("cap", "trigger"), [(60, 60), (0, 0), (-1, 250), (10_000, 250)])
def test_the_cap_of_18(database: Database, db: PostgresSession, cap: int, trigger: float) -> None:
    tell(
        database,
        f"CREATE TABLE t (a int) WITH (autovacuum_vacuum_max_threshold = {cap})",
        "INSERT INTO t SELECT generate_series(1, 1000)",
        "ANALYZE t",
    )
    assert tables(db).rows[0].vacuum_trigger_rows == pytest.approx(trigger)
