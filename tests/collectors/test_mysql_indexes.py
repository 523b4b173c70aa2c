from __future__ import annotations

from typing import Any

import pytest

from collectors.mysql.foreign_keys import Link
from collectors.mysql.index_definition import definition
from collectors.mysql.indexes import indexes
from collectors.mysql.key_parts import KeyPart, Kind
from collectors.mysql.relations import TableCount
from collectors.mysql.storage import IndexStats, TableStats
from collectors.mysql.table_io import Use
from collectors.session import Server
from collectors.variants import Variants
from tests.collectors.test_mysql_tables import FEW, SlowSession, asked, server
from tests.fakes import FakeSession, Row
from tests.make import make, row

AB = {"schema": "shop", "table": "t", "index": "ab"}
NO_SIZES = "300 tables have no persistent statistics: sizes are not known there"
BTREE = {"visible": True, "method": "btree"}


def answers(**of: list[dict[str, Any]]) -> dict[type[Any], list[dict[str, Any]]]:
    kinds = (KeyPart, Kind, IndexStats, TableStats, Link, Use)
    return {kind: of.get(kind.__name__, []) for kind in kinds} | FEW


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
    ("on", "visible"),
    [
        pytest.param(server("mysql", 5, 7, 44), "1 AS visible", id="MySQL 5.7"),
        pytest.param(server("mariadb", 10, 5, 9), "1 AS visible", id="MariaDB 10.5"),
        pytest.param(server("mariadb", 10, 6), "IGNORED = 'NO' AS visible", id="MariaDB 10.6"),
    ],
)
def test_opens_tables_for_new_indexes_only(on: Server, visible: str) -> None:
    ab = row(KeyPart, position=1, column="a", **AB, **BTREE)
    kind = row(Kind, position=1, descending=True, method="btree", **AB)
    db = FakeSession(on, by_type=answers(KeyPart=[ab], Kind=[kind]))
    assert indexes(db).rows[0].options == (1,)
    assert visible in next(sql for sql in db.ran if "STATISTICS" in sql)
    db.ran.clear()
    assert indexes(db).rows[0].options == (1,)
    assert not any("INDEX_TYPE" in sql for sql in db.ran)
    db.by_type[KeyPart] = [ab, {**ab, "index": "new"}]
    db.by_type[Kind] = [kind, {**kind, "index": "new", "method": "fulltext"}]
    assert [index.method for index in indexes(db).rows] == ["btree", "fulltext"]
    (kinds,) = [sql for sql in db.ran if "INDEX_TYPE" in sql]
    assert "WHERE TABLE_SCHEMA = %(schema)s\n       AND TABLE_NAME = %(table)s" in kinds


def test_an_index_made_again_is_another() -> None:
    ab = row(KeyPart, position=1, column="a", **AB, **BTREE)
    kind = row(Kind, position=1, method="btree", **AB)
    db = FakeSession(server("mariadb", 11, 8), by_type=answers(KeyPart=[ab], Kind=[kind]))
    indexes(db)
    db.by_type[KeyPart] = []
    indexes(db)
    db.by_type |= {KeyPart: [ab], Kind: [{**kind, "descending": True}]}
    assert indexes(db).rows[0].options == (1,)


def test_a_table_that_is_asked_again_is_believed() -> None:
    ab = row(KeyPart, position=1, column="a", **AB, **BTREE)
    kind = row(Kind, position=1, descending=True, method="btree", **AB)
    db = FakeSession(server("mariadb", 11, 8), by_type=answers(KeyPart=[ab], Kind=[kind]))
    indexes(db)
    new = {"index": "new"}
    ascending = {**kind, "descending": False}
    db.by_type |= {KeyPart: [ab, {**ab, **new}], Kind: [ascending, {**kind, **new}]}
    assert [index.options for index in indexes(db).rows] == [(0,), (1,)]


class Opening(SlowSession):
    """Tables t0 to t299 with a descending index each; those that `hang` do not answer."""

    def __init__(self) -> None:
        names = [{**AB, "table": f"t{n}"} for n in range(300)]
        parts = [row(KeyPart, position=1, column="a", **name, **BTREE) for name in names]
        super().__init__(server("mariadb", 11, 8), answers(KeyPart=parts))
        self.opened: list[str] = []
        self.hang: set[str] = set()
        self.seconds = 0.0

    def rows(self, query: Variants, into: type[Row], **given: object) -> tuple[Row, ...]:
        if into is Kind:
            table = str(given["table"])
            self.opened.append(table)
            self.clock += self.seconds
            self.late = {Kind} if table in self.hang else set()
            place = {**AB, "table": table}
            self.by_type[Kind] = [row(Kind, position=1, descending=True, method="btree", **place)]
        return super().rows(query, into, **given)


def unknown(tables: str) -> str:
    return f"the kinds of indexes of {tables} are not known yet: they are left out until then"


def test_opens_some_tables_a_round() -> None:
    db = Opening()
    first = indexes(db)
    assert (first.gaps[0], first.partial) == (unknown("100 tables"), True)
    assert [index.options for index in first.rows] == [(1,)] * len(db.opened) == [(1,)] * 200
    second = indexes(db)
    assert (second.gaps, second.partial) == ((NO_SIZES,), False)
    assert {index.options for index in second.rows} == {(1,)}
    assert len(db.opened) == len(set(db.opened)) == 300


def test_opens_tables_for_some_seconds_only() -> None:
    db = Opening()
    db.seconds = 2.0
    indexes(db)
    assert len(db.opened) == 3


def test_a_table_that_does_not_open_is_asked_last() -> None:
    db = Opening()
    db.hang = {"t0"}
    answer = indexes(db)
    assert (len(answer.rows), answer.gaps[0]) == (0, unknown("300 tables"))
    for _ in range(3):
        answer = indexes(db)
    assert answer.gaps[0] == unknown("1 table")
    assert "t0" not in {index.table for index in answer.rows}
    assert db.opened.count("t0") == 3
    db.hang = set()
    assert indexes(db).gaps == (NO_SIZES,)


def test_the_tables_with_most_indexes_are_opened_first() -> None:
    db = Opening()
    last = row(KeyPart, position=1, column="b", **{**AB, "table": "t299", "index": "b"}, **BTREE)
    db.by_type[KeyPart] = [*db.by_type[KeyPart], last]
    indexes(db)
    assert db.opened[:2] == ["t299", "t0"]


def test_too_many_tables() -> None:
    many = {TableCount: [{"number": 50_001}]}
    db = FakeSession(server(), by_type=answers(KeyPart=[row(KeyPart, **AB)]) | many)
    snapshot = indexes(db)
    assert snapshot.gaps == ("there are 50001 tables: indexes are not read above 50000",)
    assert (snapshot.rows, snapshot.partial) == ((), True)
    assert asked(db, "STATISTICS") == 0


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
            [part(method="fulltext")],
            "CREATE FULLTEXT INDEX `ab` ON `shop`.`t` (`a`) "
            "/* WITH PARSER, if it has one: see SHOW CREATE TABLE */",
            id="text",
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
