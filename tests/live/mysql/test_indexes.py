from __future__ import annotations

from collections.abc import Iterator

import pytest

from agent.targets.mysql import MysqlSession
from collectors.mysql.indexes import indexes
from collectors.snapshots.schema import Index
from tests.live.mysql.opened import opened, tell
from tests.live.mysql_database import MysqlDatabase

SEQUENCE = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)"


@pytest.fixture
def db(mysql_database: MysqlDatabase) -> Iterator[MysqlSession]:
    with opened(mysql_database.server) as session:
        yield session


def within(database: MysqlDatabase, *statements: str) -> None:
    tell(database.server, f"USE {database.name}", *statements)


def mine(db: MysqlSession, database: MysqlDatabase) -> dict[str, Index]:
    found = [index for index in indexes(db).rows if index.schema == database.name]
    return {f"{index.table}.{index.index}": index for index in found}


ALL_KINDS = (
    "CREATE TABLE `t 1` (id int PRIMARY KEY, a int NOT NULL, b varchar(50), g point NOT NULL, "
    "d text, UNIQUE KEY ab (a, b), KEY p (b(5), a), KEY `o``dd` (a DESC, b), SPATIAL KEY g (g), "
    "FULLTEXT KEY f (d, b))"
)


def test_what_an_index_is(db: MysqlSession, mysql_database: MysqlDatabase) -> None:
    within(mysql_database, ALL_KINDS)
    found = mine(db, mysql_database)
    assert set(found) == {f"t 1.{name}" for name in ("PRIMARY", "ab", "p", "o`dd", "g", "f")}
    ab, p, odd = found["t 1.ab"], found["t 1.p"], found["t 1.o`dd"]
    assert (ab.columns, ab.unique, ab.primary, ab.constraint) == (("a", "b"), True, False, "ab")
    assert (p.columns, p.prefixes, p.unique, p.constraint) == (("b", "a"), (5, 0), False, None)
    assert odd.options == (1, 0)
    assert {name: index.method for name, index in found.items()} == {
        **dict.fromkeys(("t 1.PRIMARY", "t 1.ab", "t 1.p", "t 1.o`dd"), "btree"),
        "t 1.g": "spatial",
        "t 1.f": "fulltext",
    }
    assert found["t 1.PRIMARY"].primary
    assert all(index.visible and index.valid and index.ready for index in found.values())


def test_the_definition_makes_it_again(db: MysqlSession, mysql_database: MysqlDatabase) -> None:
    within(mysql_database, ALL_KINDS)
    unseen = "INVISIBLE" if db.server.engine == "mysql" else "IGNORED"
    within(mysql_database, f"CREATE INDEX unseen ON `t 1` (b, a DESC) {unseen}")
    if db.server.engine == "mysql":
        within(
            mysql_database,
            "CREATE INDEX e ON `t 1` ((LOWER(b)), a, (JSON_EXTRACT(d, '$.\"it''s\"') + 1))",
        )
    before = mine(db, mysql_database)
    assert not before["t 1.unseen"].visible
    for index in before.values():
        where = f"`{mysql_database.name}`.`t 1`"
        name = index.index.replace("`", "``")
        drop = "DROP PRIMARY KEY" if index.primary else f"DROP INDEX `{name}`"
        within(mysql_database, f"ALTER TABLE {where} {drop}", index.definition)
    after = mine(db, mysql_database)
    assert after == before


@pytest.mark.engines("mysql97")
def test_an_expression(db: MysqlSession, mysql_database: MysqlDatabase) -> None:
    within(mysql_database, "CREATE TABLE t (id int, v varchar(9), KEY e ((LOWER(v)), id))")
    index = mine(db, mysql_database)["t.e"]
    assert (index.columns, index.expressions) == (("", "id"), "lower(`v`)")


def test_how_an_index_is_used(db: MysqlSession, mysql_database: MysqlDatabase) -> None:
    within(
        mysql_database,
        "CREATE TABLE t (id int PRIMARY KEY, a int, b int, w int, KEY ab (a, b), KEY w (w))",
        f"INSERT INTO t {SEQUENCE} SELECT i, i % 10, i % 100, i FROM n",
        "ANALYZE TABLE t",
    )
    idle = mine(db, mysql_database)
    assert (idle["t.ab"].rows_read, idle["t.w"].rows_read) == (0, 0)
    within(
        mysql_database,
        "SELECT b FROM t FORCE INDEX (ab) WHERE a = 3",
        "UPDATE t FORCE INDEX (w) SET b = 0 WHERE w = 7",
    )
    used = mine(db, mysql_database)
    assert used["t.ab"].rows_read
    assert 100 <= used["t.ab"].rows_read <= 101
    assert used["t.w"].rows_read
    assert used["t.ab"].distinct_values == pytest.approx(100, rel=0.3)
    assert used["t.PRIMARY"].distinct_values == used["t.PRIMARY"].rows == pytest.approx(1000, 0.1)
    assert used["t.ab"].size_bytes >= 16384
    assert used["t.ab"].size_bytes % 16384 == 0


def test_what_foreign_keys_point_at(db: MysqlSession, mysql_database: MysqlDatabase) -> None:
    within(
        mysql_database,
        "CREATE TABLE p (id int PRIMARY KEY, a int, b int, UNIQUE KEY ab (a, b), KEY b (b))",
        "CREATE TABLE c (x int, y int, FOREIGN KEY (x, y) REFERENCES p (a, b))",
    )
    found = mine(db, mysql_database)
    assert {name for name, index in found.items() if index.referenced} == {"p.ab"}


@pytest.mark.engines("maria1011", "maria118")
def test_tables_are_opened_for_new_indexes_only(
    db: MysqlSession, mysql_database: MysqlDatabase
) -> None:
    """How many are opened is known of the server as a whole: nobody else is at work on it."""
    within(mysql_database, "CREATE TABLE t (id int, v varchar(9), KEY down (v DESC))")
    within(mysql_database, *(f"CREATE TABLE t{n} (id int PRIMARY KEY)" for n in range(40)))
    assert mine(db, mysql_database)["t.down"].options == (1,)

    def tables_opened() -> int:
        with mysql_database.server.session() as connection, connection.cursor() as cursor:
            cursor.execute("SHOW GLOBAL STATUS LIKE 'Opened_tables'")
            ((_, value),) = cursor.fetchall()
        return int(value)

    with opened(mysql_database.server) as warm:
        indexes(warm)
        tell(mysql_database.server, "FLUSH TABLES")
        before = tables_opened()
        again = mine(warm, mysql_database)
        # Those of mysql that hold the statistics.
        assert tables_opened() - before < 20
        assert again["t.down"].options == (1,)
        within(mysql_database, "CREATE INDEX other ON t (id DESC)", "FLUSH TABLES")
        before = tables_opened()
        assert mine(warm, mysql_database)["t.other"].options == (1,)
        assert tables_opened() - before < 20
