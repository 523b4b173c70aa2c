from __future__ import annotations

from collections.abc import Iterator

import pytest

from agent.targets.mysql import MysqlSession
from collectors.mysql.indexes import indexes
from collectors.mysql.tables import MysqlTable, tables
from tests.live import mysql_binaries
from tests.live.mysql.opened import opened, query, tell
from tests.live.mysql_database import MysqlDatabase
from tests.live.own_mysql_servers import OwnMysqlServers

EACH = pytest.mark.parametrize("engine", mysql_binaries.ENGINES)
SEQUENCE = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)"


@pytest.fixture
def db(mysql_database: MysqlDatabase) -> Iterator[MysqlSession]:
    with opened(mysql_database.server) as session:
        yield session


def within(database: MysqlDatabase, *statements: str) -> None:
    tell(database.server, f"USE {database.name}", *statements)


def mine(db: MysqlSession, database: MysqlDatabase) -> dict[str, MysqlTable]:
    return {t.table: t for t in tables(db).rows if t.schema == database.name}


def test_how_a_table_is_used(db: MysqlSession, mysql_database: MysqlDatabase) -> None:
    within(
        mysql_database,
        "CREATE TABLE t (id int PRIMARY KEY, v varchar(50), w varchar(50), KEY v (v))",
        f"INSERT INTO t {SEQUENCE} SELECT i, REPEAT('v', 40), REPEAT('w', 40) FROM n",
        "UPDATE t SET w = 'x' WHERE id <= 100",
        "DELETE FROM t WHERE id > 950",
        "SELECT COUNT(w) FROM t",
        "SELECT w FROM t WHERE id = 5",
        "ANALYZE TABLE t",
    )
    t = mine(db, mysql_database)["t"]
    stats = f"FROM mysql.innodb_table_stats WHERE database_name = '{mysql_database.name}'"
    pages = int(query(mysql_database.server, f"SELECT clustered_index_size {stats}"))
    assert (t.database, t.schema, t.kind) == (mysql_database.name, mysql_database.name, "table")
    assert t.rows == pytest.approx(950, rel=0.1)
    assert t.heap_bytes == pages * 16384
    assert t.index_bytes >= 16384
    assert (t.inserts, t.updates, t.deletes) == (1000, 100, 50)
    assert (t.rows_scanned, t.toast_bytes) == (950, 0)
    assert t.rows_read is not None
    assert t.rows_read >= 950 + 1 + 100 + 50
    assert t.io_seconds
    assert 0 < t.io_seconds < 60
    within(mysql_database, "SELECT COUNT(w) FROM t IGNORE INDEX (PRIMARY, v) WHERE w > ''")
    after = mine(db, mysql_database)["t"]
    assert after.rows_scanned == 2 * 950


def test_what_a_table_is(db: MysqlSession, mysql_database: MysqlDatabase) -> None:
    within(
        mysql_database,
        "CREATE TABLE parent (id int, y int, PRIMARY KEY (id, y)) PARTITION BY RANGE (y) "
        "(PARTITION p0 VALUES LESS THAN (9), PARTITION p1 VALUES LESS THAN MAXVALUE)",
        "CREATE TABLE keyed (a int NOT NULL, b int NOT NULL, UNIQUE KEY u (a, b)) "
        "ROW_FORMAT = COMPACT",
        "CREATE TABLE loose (a int, b int NOT NULL, UNIQUE KEY u (a, b), KEY b (b))",
        "CREATE TABLE `od-d é#1` (a varchar(10) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, "
        "b decimal(10, 2), c datetime(6), d bigint unsigned, e char(5) CHARACTER SET latin1, "
        "PRIMARY KEY (a(4), b, c, d, e)) COLLATE utf8mb4_bin",
        "CREATE TABLE other (id int) ENGINE = MyISAM",
        "CREATE VIEW left_out AS SELECT 1 AS id",
    )
    found = mine(db, mysql_database)
    assert {name: table.kind for name, table in found.items()} == {
        "parent": "partitioned table",
        "keyed": "table",
        "loose": "table",
        "od-d é#1": "table",
        "other": "table",
    }
    keys = {n: (t.has_primary_key, t.has_unique_key, t.secondary_indexes) for n, t in found.items()}
    assert keys == {
        "parent": (True, True, 0),
        "keyed": (False, True, 1),
        "loose": (False, False, 2),
        "od-d é#1": (True, True, 0),
        "other": (False, False, 0),
    }
    assert (found["parent"].partitions, found["keyed"].partitions) == (2, 0)
    assert found["parent"].heap_bytes == 2 * 16384
    odd = found["od-d é#1"]
    assert odd.primary_key == ("a", "b", "c", "d", "e")
    assert odd.primary_key_bytes == 4 * 4 + 5 + 8 + 8 + 5
    assert odd.collation == "utf8mb4_bin"
    assert odd.free_bytes is not None
    assert (found["keyed"].row_format, odd.row_format) == ("Compact", "Dynamic")
    assert (found["keyed"].primary_key, found["keyed"].primary_key_bytes) == ((), None)
    myisam = found["other"]
    assert (myisam.storage_engine, myisam.rows, myisam.free_bytes) == ("MyISAM", None, None)


def test_free_space(db: MysqlSession, mysql_database: MysqlDatabase) -> None:
    within(
        mysql_database,
        "CREATE TABLE t (id int PRIMARY KEY, v varchar(8000)) CHARACTER SET latin1",
        f"INSERT INTO t {SEQUENCE} SELECT i, REPEAT('v', 7000) FROM n",
        "ANALYZE TABLE t",
    )
    full = mine(db, mysql_database)["t"]
    assert full.free_bytes is not None
    assert full.heap_bytes > 7_000_000
    within(mysql_database, "ALTER TABLE t RENAME TO r", "ANALYZE TABLE r")
    # Files are looked at once an hour, or at the first look.
    with opened(mysql_database.server) as later:
        assert mine(later, mysql_database)["r"].free_bytes == full.free_bytes
    assert full.free_bytes < full.heap_bytes


def test_sizes_that_no_statistics_tell(db: MysqlSession, mysql_database: MysqlDatabase) -> None:
    assert tables(db).gaps == ()
    within(
        mysql_database,
        "CREATE TABLE t (id int PRIMARY KEY) STATS_PERSISTENT = 0",
        "CREATE TABLE m (id int PRIMARY KEY) ENGINE = MyISAM",
    )
    gap = "2 tables have no persistent statistics: sizes are not known there"
    assert (tables(db).gaps, indexes(db).gaps) == ((gap,), (gap,))


def test_no_system_table(db: MysqlSession, mysql_database: MysqlDatabase) -> None:
    within(mysql_database, "CREATE TABLE t (id int)")
    schemas = {table.schema for table in tables(db).rows}
    assert mysql_database.name in schemas
    assert not schemas & {"mysql", "sys", "performance_schema", "information_schema"}


@EACH
def test_without_performance_schema(own_mysql_server: OwnMysqlServers, engine: str) -> None:
    server = own_mysql_server(engine, settings={"performance_schema": "OFF"})
    tell(server, "CREATE DATABASE shop", "CREATE TABLE shop.t (id int PRIMARY KEY)")
    with opened(server) as db:
        snapshot = tables(db)
    (t,) = snapshot.rows
    assert (t.inserts, t.updates, t.deletes) == (None, None, None)
    assert (t.rows_read, t.rows_scanned, t.io_seconds) == (None, None, None)
    assert (t.rows, t.heap_bytes, t.has_primary_key) == (0, 16384, True)
    assert (snapshot.counting_since, snapshot.gaps) == (None, ())


@EACH
def test_when_counting_began(own_mysql_server: OwnMysqlServers, engine: str) -> None:
    server = own_mysql_server(engine)
    tell(
        server,
        "CREATE DATABASE shop",
        "CREATE TABLE shop.t (id int PRIMARY KEY)",
        f"INSERT INTO shop.t {SEQUENCE} SELECT i FROM n",
    )
    summary = "performance_schema.table_io_waits_summary_by_index_usage"
    instrument = "UPDATE performance_schema.setup_instruments SET ENABLED = '{}' WHERE NAME = "
    instrument += "'wait/io/table/sql/handler'"
    with opened(server) as db:
        assert tables(db).counting_since == db.server.started_at
        tell(server, f"TRUNCATE {summary}")
        cut = tables(db)
        assert cut.counting_since == pytest.approx(cut.taken_at, abs=5)
        assert cut.rows[0].inserts == 0
        assert tables(db).counting_since == cut.counting_since
        tell(
            server,
            *(f"CREATE TABLE shop.u{n} (id int PRIMARY KEY)" for n in range(2)),
            *(f"INSERT INTO shop.u{n} VALUES (1)" for n in range(2)),
            f"INSERT INTO shop.u0 {SEQUENCE} SELECT i + 1 FROM n",
        )
        for change in ("RENAME TABLE shop.u0 TO shop.u2", "DROP TABLE shop.u2"):
            tables(db)
            tell(server, change)
            assert tables(db).counting_since == cut.counting_since, change
        tell(server, instrument.format("NO"))
        off = tables(db)
        assert (off.counting_since, off.rows[0].rows_read) == (None, None)
        tell(server, instrument.format("YES"))
        again = tables(db).counting_since
        assert again is not None
        assert again >= off.taken_at - 5
