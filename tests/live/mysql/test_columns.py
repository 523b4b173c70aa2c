from __future__ import annotations

from collections.abc import Iterator

import pytest

from agent.targets.mysql import MysqlSession
from collectors.mysql.columns import columns
from collectors.snapshots.schema import Column
from tests.live.mysql.opened import opened, tell
from tests.live.mysql_database import MysqlDatabase

SEQUENCE = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)"


@pytest.fixture
def db(mysql_database: MysqlDatabase) -> Iterator[MysqlSession]:
    with opened(mysql_database.server) as session:
        yield session


def within(database: MysqlDatabase, *statements: str) -> None:
    tell(database.server, f"USE {database.name}", *statements)


def mine(db: MysqlSession, database: MysqlDatabase) -> dict[str, Column]:
    return {f"{c.table}.{c.column}": c for c in columns(db).rows if c.schema == database.name}


def test_what_a_column_is(db: MysqlSession, mysql_database: MysqlDatabase) -> None:
    within(
        mysql_database,
        "CREATE TABLE t (id int unsigned PRIMARY KEY, b varchar(9), c enum('secret', 'x'))",
        "CREATE VIEW v AS SELECT id FROM t",
    )
    found = mine(db, mysql_database)
    assert {(c.position, name, c.not_null) for name, c in found.items()} == {
        (1, "t.id", True),
        (2, "t.b", False),
        (3, "t.c", False),
    }
    assert found["t.id"].type.startswith("int")
    assert found["t.id"].type.endswith("unsigned")
    assert (found["t.b"].type, found["t.c"].type) == ("varchar(9)", "enum")


def test_what_statistics_know(db: MysqlSession, mysql_database: MysqlDatabase) -> None:
    histograms = "ANALYZE TABLE t UPDATE HISTOGRAM ON few WITH 10 BUCKETS"
    if db.server.engine == "mariadb":
        histograms = "ANALYZE TABLE t PERSISTENT FOR ALL"
    within(
        mysql_database,
        "CREATE TABLE t (id int PRIMARY KEY, k int, few varchar(9), none int, "
        "KEY k (k, none), KEY n (none, k))",
        f"INSERT INTO t {SEQUENCE} SELECT i, i % 50, IF(i % 4, CONCAT('secret', i % 5), NULL), 7 "
        "FROM n",
        "ANALYZE TABLE t",
    )
    before = mine(db, mysql_database)
    assert before["t.k"].distinct_values == 50
    assert before["t.none"].distinct_values == 1
    assert (before["t.few"].distinct_values, before["t.few"].null_ratio) == (None, None)
    assert before["t.id"].null_ratio == 0
    within(mysql_database, histograms)
    few = mine(db, mysql_database)["t.few"]
    assert few.distinct_values == pytest.approx(5, rel=0.15)
    assert few.null_ratio == pytest.approx(0.25, abs=0.01)
    assert "secret" not in str(columns(db))
