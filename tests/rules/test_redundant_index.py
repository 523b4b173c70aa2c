from __future__ import annotations

from typing import Any

import pytest

from collectors.mysql.tables import MysqlTable
from collectors.snapshots.schema import Index
from rules.indexes.redundant_index import redundant_index
from tests.make import make, server, snapshot
from tests.rules.mysql_servers import mysql


def index(*columns: str, oid: int | None, **given: Any) -> Index:
    about = {
        "schema": "public",
        "table": "t",
        "index": f"t_{'_'.join(columns)}_idx",
        "method": "btree",
        "opclasses": ("int4_ops",) * len(columns),
        "collations": ("",) * len(columns),
        "options": (0,) * len(columns),
        "valid": True,
        "ready": True,
        "size_bytes": 20 * 2**20,
    }
    return make(Index, columns=columns, oid=oid, **{**about, **given})


WIDE = index("a", "b", oid=2)


@pytest.mark.parametrize(
    ("indexes", "subjects"),
    [
        pytest.param([index("a", oid=1), WIDE], ["public.t_a_idx"], id="a prefix"),
        pytest.param([index("b", oid=1), WIDE], [], id="not the beginning"),
        pytest.param([index("a", "b", oid=1), WIDE], [], id="a duplicate has its own rule"),
        pytest.param([index("a", oid=1, unique=True), WIDE], [], id="the narrow one is unique"),
        pytest.param([index("a", oid=1, constraint="k"), WIDE], [], id="it backs a constraint"),
        pytest.param([index("a", oid=1, referenced=True), WIDE], [], id="a foreign key needs it"),
        pytest.param(
            [index("a", oid=1), index("a", "b", oid=2, valid=False)],
            [],
            id="the wide one is invalid",
        ),
        pytest.param(
            [index("a", oid=1, size_bytes=2**20, scans=9), WIDE], [], id="narrow, small and busy"
        ),
        pytest.param(
            [index("a", oid=1, size_bytes=2**20), WIDE], ["public.t_a_idx"], id="small, but idle"
        ),
        pytest.param(
            [index("a", oid=1), index("a", "b", oid=2, unique=True, primary=True)],
            ["public.t_a_idx"],
            id="prefix of the primary key",
        ),
    ],
)
def test_redundant_index(indexes: list[Index], subjects: list[str]) -> None:
    assert [f.subject.name for f in redundant_index(snapshot(*indexes), None, server())] == subjects


def test_the_smallest_stand_in_is_named() -> None:
    bigger = index("a", "b", "c", oid=3, size_bytes=40 * 2**20)
    (narrow, _) = redundant_index(snapshot(index("a", oid=1), bigger, WIDE), None, server())
    assert narrow.evidence["kept"] == "public.t_a_b_idx"


def test_advantage_is_tunable() -> None:
    pair = snapshot(index("a", oid=1, size_bytes=2**20, scans=9), WIDE)
    assert len(redundant_index(pair, None, server(), narrow_advantage=30)) == 1


def of_mysql(name: str, *columns: str, **given: Any) -> Index:
    about = {
        "database": "shop",
        "schema": "shop",
        "index": name,
        "opclasses": (),
        "prefixes": (0,) * len(columns),
        "visible": True,
    }
    return index(*columns, oid=None, **{**about, **given})


KEY = of_mysql("PRIMARY", "id", primary=True, unique=True, size_bytes=2**30)
FULL = of_mysql("full", "c")
PREFIX = of_mysql("prefix", "c", prefixes=(5,))


@pytest.mark.parametrize(
    ("indexes", "subjects"),
    [
        pytest.param([of_mysql("a", "a"), of_mysql("ab", "a", "b")], ["a"], id="a prefix"),
        pytest.param(
            [of_mysql("a", "a"), of_mysql("ab", "a", "b", visible=False)],
            [],
            id="the wide one is hidden",
        ),
        pytest.param(
            [of_mysql("a", "a", visible=False), of_mysql("ab", "a", "b")],
            ["a"],
            id="the narrow one is hidden",
        ),
        pytest.param(
            [of_mysql("a", "a"), of_mysql("ab", "a", "b", options=(1, 0))], [], id="descending"
        ),
        pytest.param(
            [of_mysql("a", "a", unique=True), of_mysql("ab", "a", "b")], [], id="unique stays"
        ),
        pytest.param(
            [of_mysql("a", "a", method="fulltext"), of_mysql("ab", "a", "b", method="fulltext")],
            [],
            id="fulltext has no beginning",
        ),
        # sys.schema_redundant_indexes compares names only and says to drop the full one.
        pytest.param([PREFIX, FULL], ["prefix"], id="the full index stays, not the prefix one"),
        pytest.param(
            [FULL, of_mysql("pair", "c", "d", prefixes=(5, 0))],
            [],
            id="a wider index on the first characters is no stand-in",
        ),
        pytest.param(
            [PREFIX, of_mysql("pair", "c", "d", prefixes=(10, 0))],
            ["prefix"],
            id="more characters stand in for fewer",
        ),
        pytest.param(
            [of_mysql("long", "c", prefixes=(10,)), of_mysql("pair", "c", "d", prefixes=(5, 0))],
            [],
            id="fewer characters do not stand in for more",
        ),
        pytest.param(
            [KEY, of_mysql("a", "a"), of_mysql("a_id", "a", "id")],
            ["a"],
            id="only one of two goes that InnoDB makes the same",
        ),
        pytest.param(
            [KEY, of_mysql("a", "a", unique=True), of_mysql("a_id", "a", "id")],
            ["a_id"],
            id="the unique one has the primary key at its end already",
        ),
        pytest.param(
            [KEY, of_mysql("a", "a", unique=True), of_mysql("a_b", "a", "b")],
            [],
            id="another column follows",
        ),
        pytest.param(
            [
                of_mysql("PRIMARY", "id", primary=True, unique=True, prefixes=(9,)),
                of_mysql("a", "a", unique=True),
                of_mysql("a_id", "a", "id"),
            ],
            [],
            id="the key is on the first characters of its column",
        ),
    ],
)
def test_on_mysql(indexes: list[Index], subjects: list[str]) -> None:
    tables = snapshot(make(MysqlTable, database="shop", schema="shop", table="t", **INNODB))
    found = redundant_index(snapshot(*indexes), tables, mysql())
    assert [f.subject.name for f in found] == [f"shop.t.{s}" for s in subjects]


INNODB = {"storage_engine": "InnoDB"}


def test_only_innodb_adds_the_primary_key() -> None:
    kept = of_mysql("a", "a", unique=True)
    tables = snapshot(make(MysqlTable, database="shop", schema="shop", table="t"))
    indexes = snapshot(KEY, kept, of_mysql("a_id", "a", "id"))
    assert redundant_index(indexes, tables, mysql()) == []


def test_narrow_and_busier_by_rows_read() -> None:
    busy = of_mysql("a", "a", size_bytes=2**20, rows_read=9)
    assert redundant_index(snapshot(busy, of_mysql("ab", "a", "b")), None, mysql()) == []
