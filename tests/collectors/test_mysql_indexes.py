from __future__ import annotations

from typing import Any

import pytest

from collectors.mysql.foreign_keys import Link
from collectors.mysql.index_definition import definition
from collectors.mysql.indexes import indexes
from collectors.mysql.key_parts import KeyPart, Kind
from collectors.mysql.storage import IndexStats, TableStats
from collectors.mysql.table_io import Use
from collectors.session import Server
from tests.collectors.test_mysql_tables import server
from tests.fakes import FakeSession
from tests.make import make, row

AB = {"schema": "shop", "table": "t", "index": "ab"}
BTREE = {"visible": True, "method": "btree"}


def answers(**of: list[dict[str, Any]]) -> dict[type[Any], list[dict[str, Any]]]:
    kinds = (KeyPart, Kind, IndexStats, TableStats, Link, Use)
    return {kind: of.get(kind.__name__, []) for kind in kinds}


def test_puts_together_what_is_known() -> None:
    found = answers(
        KeyPart=[
            row(KeyPart, position=1, column="a", unique=True, **AB, **BTREE),
            row(KeyPart, position=2, column="b", prefix=3, descending=True, **AB, **BTREE),
        ],
        IndexStats=[row(IndexStats, parts=1, size_bytes=99, distinct_values="5,7,9", **AB)],
        TableStats=[row(TableStats, schema="shop", table="t", rows=9.0)],
        Link=[
            row(Link, referenced_schema="shop", referenced_table="t", referenced_column="a"),
        ],
        Use=[row(Use, fetched=3, inserted=8, **AB)],
    )
    snapshot = indexes(FakeSession(server(), by_type=found))
    (ab,) = snapshot.rows
    assert (ab.columns, ab.prefixes, ab.options) == (("a", "b"), (0, 3), (0, 1))
    assert (ab.unique, ab.primary, ab.constraint, ab.referenced) == (True, False, "ab", True)
    assert (ab.size_bytes, ab.rows, ab.distinct_values, ab.rows_read) == (99, 9.0, 7.0, 3)
    assert ab.scans is None


def test_parts_of_a_partitioned_table_may_share_values() -> None:
    assert make(IndexStats, parts=2, distinct_values="5,7").distinct(1) is None
    assert make(IndexStats, parts=1, distinct_values="5,7").distinct(3) is None
    assert make(IndexStats, parts=1).distinct(1) is None


@pytest.mark.parametrize(
    ("asked", "visible"),
    [
        pytest.param(server("mysql", 5, 7, 44), "1 AS visible", id="MySQL 5.7"),
        pytest.param(server("mariadb", 10, 5, 9), "1 AS visible", id="MariaDB 10.5"),
        pytest.param(server("mariadb", 10, 6), "IGNORED = 'NO' AS visible", id="MariaDB 10.6"),
    ],
)
def test_opens_tables_for_new_indexes_only(asked: Server, visible: str) -> None:
    ab = row(KeyPart, position=1, column="a", **AB, **BTREE)
    kind = row(Kind, position=1, descending=True, method="btree", **AB)
    db = FakeSession(asked, by_type=answers(KeyPart=[ab], Kind=[kind]))
    assert indexes(db).rows[0].options == (1,)
    assert visible in next(sql for sql in db.ran if "STATISTICS" in sql)
    db.ran.clear()
    assert indexes(db).rows[0].options == (1,)
    assert not any("INDEX_TYPE" in sql for sql in db.ran)
    db.by_type[KeyPart] = [ab, {**ab, "index": "new"}]
    indexes(db)
    assert any("INDEX_TYPE" in sql for sql in db.ran)


@pytest.mark.parametrize(
    ("version", "expression"),
    [((8, 0, 12), "NULL AS expression"), ((8, 0, 13), "EXPRESSION AS expression")],
)
def test_asks_as_the_version_answers(version: tuple[int, ...], expression: str) -> None:
    db = FakeSession(server("mysql", *version), by_type=answers())
    assert indexes(db).rows == ()
    parts = next(sql for sql in db.ran if "STATISTICS" in sql)
    assert expression in parts
    assert "IS_VISIBLE" in parts
    assert "CARDINALITY" not in parts


def part(**given: Any) -> KeyPart:
    return make(KeyPart, **{**AB, **BTREE, "column": "a", **given})


@pytest.mark.parametrize(
    ("parts", "statement"),
    [
        pytest.param(
            [part(index="PRIMARY", unique=True), part(index="PRIMARY", column="b", prefix=4)],
            "ALTER TABLE `shop`.`t` ADD PRIMARY KEY (`a`, `b`(4))",
            id="primary key",
        ),
        pytest.param(
            [part(unique=True, index="o`dd", descending=True)],
            "CREATE UNIQUE INDEX `o``dd` ON `shop`.`t` (`a` DESC)",
            id="quotes",
        ),
        pytest.param(
            [part(column=None, expression=r"concat(`a`,_utf8mb4\'x\')"), part()],
            "CREATE INDEX `ab` ON `shop`.`t` ((concat(`a`,_utf8mb4'x')), `a`)",
            id="expression",
        ),
        pytest.param(
            [part(method="spatial", prefix=32)],
            "CREATE SPATIAL INDEX `ab` ON `shop`.`t` (`a`)",
            id="spatial",
        ),
        pytest.param(
            [part(method="fulltext")], "CREATE FULLTEXT INDEX `ab` ON `shop`.`t` (`a`)", id="text"
        ),
        pytest.param(
            [part(method="hash", visible=False)],
            "CREATE INDEX `ab` ON `shop`.`t` (`a`) USING HASH INVISIBLE",
            id="invisible",
        ),
    ],
)
def test_the_definition(parts: list[KeyPart], statement: str) -> None:
    assert definition(parts) == statement
    ignored = statement.replace("INVISIBLE", "IGNORED")
    assert definition(parts, mariadb=True) == ignored
