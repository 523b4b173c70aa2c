from __future__ import annotations

import pytest

from collectors.mysql.auto_increment import AutoIncrement
from collectors.snapshots.schema import ForeignKey, Index
from rules.indexes.key_needs import needed_by_keys
from tests.make import make, server, snapshot
from tests.rules.mysql_servers import mysql


def index(name: str, *columns: str, table: str = "t") -> Index:
    about = {"database": "s", "schema": "s", "table": table, "index": name, "method": "btree"}
    return make(Index, **about, columns=columns, prefixes=(0,) * len(columns))


def key(*columns: str) -> ForeignKey:
    about = {"database": "s", "schema": "s", "table": "t", "referenced_schema": "s"}
    parent = {"referenced_table": "parent", "referenced_columns": ("id",)}
    return make(ForeignKey, **about, **parent, columns=columns)


@pytest.mark.parametrize(
    ("indexes", "wanted", "needed"),
    [
        pytest.param([index("i", "a")], key("a"), {"i"}, id="the only one"),
        pytest.param([index("i", "a", "b")], key("a"), {"i"}, id="a wider one"),
        pytest.param([index("i", "b", "a")], key("a"), set(), id="not at its beginning"),
        pytest.param([index("i", "b", "a")], key("a", "b"), set(), id="another order"),
        pytest.param([index("i", "a"), index("j", "a", "b")], key("a"), {"i"}, id="one is enough"),
        pytest.param([index("p", "id", table="parent")], key("a"), {"p"}, id="of the parent"),
    ],
)
def test_innodb(indexes: list[Index], wanted: ForeignKey, needed: set[str]) -> None:
    assert {name for _, name in needed_by_keys(mysql(), indexes, [wanted])} == needed


def test_an_auto_increment_column_leads_an_index() -> None:
    column = make(AutoIncrement, database="s", schema="s", table="t", column="a")
    indexes = [index("i", "a"), index("j", "b", "a")]
    needed = needed_by_keys(mysql(), indexes, [], snapshot(column))
    assert {name for _, name in needed} == {"i"}


def test_postgres_searches_by_the_first_column() -> None:
    indexes = [index("i", "a", "x"), index("j", "a"), index("k", "x")]
    needed = needed_by_keys(server(), indexes, [key("a", "b")])
    assert {name for _, name in needed} == {"i", "j"}
