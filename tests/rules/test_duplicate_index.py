from __future__ import annotations

from typing import Any

import pytest

from collectors.snapshots.schema import Index
from rules.base import Severity
from rules.indexes.duplicate_index import duplicate_index
from tests.make import make, server, snapshot
from tests.rules.mysql_servers import mysql


def index(name: str, oid: int | None, **given: Any) -> Index:
    about = {
        "schema": "public",
        "table": "t",
        "method": "btree",
        "columns": ("a",),
        "opclasses": ("int4_ops",),
        "collations": ("",),
        "options": (0,),
        "valid": True,
        "ready": True,
        "size_bytes": 20 * 2**20,
        "definition": f"CREATE INDEX {name} ON public.t USING btree (a)",
    }
    return make(Index, index=name, oid=oid, **{**about, **given})


@pytest.mark.parametrize(
    ("indexes", "subjects"),
    [
        pytest.param([index("one", 1), index("two", 2)], ["public.two"], id="the newer goes"),
        pytest.param(
            [index("one", 1), index("two", 2, scans=5)], ["public.one"], id="the unused one goes"
        ),
        pytest.param(
            [
                index("one", 1, scans=5),
                index("key", 2, primary=True, unique=True, constraint="key"),
            ],
            ["public.one"],
            id="the primary key stays",
        ),
        pytest.param(
            [index("one", 1, unique=True), index("key", 2, unique=True, constraint="key")],
            ["public.one"],
            id="a unique index beside a unique constraint",
        ),
        pytest.param(
            [index("one", 1), index("two", 2), index("three", 3)],
            ["public.two", "public.three"],
            id="three of a kind",
        ),
        pytest.param([index("one", 1), index("two", 2, columns=("b",))], [], id="other column"),
        pytest.param(
            [
                index("a", 1, unique=True, constraint="a"),
                index("b", 2, unique=True, constraint="b"),
            ],
            [],
            id="two constraints",
        ),
        pytest.param(
            [
                index("a", 1, unique=True, constraint="a"),
                index("b", 2, unique=True, definition="… NULLS NOT DISTINCT"),
            ],
            [],
            id="unique in another way",
        ),
        pytest.param([index("one", 1), index("two", 2, valid=False)], [], id="one is invalid"),
        pytest.param([index("one", 1), index("two", 2, building=True)], [], id="being built"),
        pytest.param(
            [index("one", 1), index("two", 2, partition_child=True)], [], id="of a partition"
        ),
        pytest.param([], [], id="no indexes"),
    ],
)
def test_duplicate_index(indexes: list[Index], subjects: list[str]) -> None:
    assert [f.subject.name for f in duplicate_index(snapshot(*indexes), server())] == subjects


@pytest.mark.parametrize(
    ("size_bytes", "severity"),
    [(8192, Severity.INFO), (10 * 2**20, Severity.LOW), (2**30, Severity.MEDIUM)],
)
def test_severity_follows_size(size_bytes: int, severity: Severity) -> None:
    pair = (index("one", 1, scans=1), index("two", 2, size_bytes=size_bytes))
    (finding,) = duplicate_index(snapshot(*pair), server())
    assert finding.severity is severity


def test_remedy_can_be_undone() -> None:
    (finding,) = duplicate_index(snapshot(index("one", 1), index("Two", 2)), server())
    assert finding.remedy.statements == ('DROP INDEX CONCURRENTLY public."Two";',)
    assert finding.remedy.rollback == ("CREATE INDEX CONCURRENTLY Two ON public.t USING btree (a);")


def test_index_of_a_partitioned_table_is_dropped_otherwise() -> None:
    pair = (index("one", 1), index("two", 2, size_bytes=0))
    (finding,) = duplicate_index(snapshot(*pair), server())
    assert finding.remedy.statements[-1] == "DROP INDEX public.two;"


def of_mysql(name: str, **given: Any) -> Index:
    about = {
        "database": "shop",
        "schema": "shop",
        "opclasses": (),
        "prefixes": (0,),
        "visible": True,
        "definition": f"CREATE INDEX {name} ON shop.t (a)",
    }
    return index(name, None, **{**about, **given})


@pytest.mark.parametrize(
    ("indexes", "subjects"),
    [
        pytest.param([of_mysql("one"), of_mysql("two")], ["shop.t.two"], id="the later one goes"),
        pytest.param(
            [of_mysql("one"), of_mysql("two", rows_read=5)],
            ["shop.t.one"],
            id="the unread one goes",
        ),
        pytest.param(
            [
                of_mysql("PRIMARY", primary=True, unique=True, constraint="PRIMARY"),
                of_mysql("id", unique=True, constraint="id"),
            ],
            ["shop.t.id"],
            id="unique beside the primary key",
        ),
        pytest.param(
            [
                of_mysql("PRIMARY", primary=True, unique=True, referenced=True),
                of_mysql("id", referenced=True),
            ],
            ["shop.t.id"],
            id="the primary key serves the foreign key as well",
        ),
        pytest.param(
            [of_mysql("one"), of_mysql("two", prefixes=(5,))], [], id="on the first characters"
        ),
        pytest.param([of_mysql("one"), of_mysql("two", options=(1,))], [], id="descending"),
        pytest.param(
            [of_mysql("one"), of_mysql("two", visible=False)],
            ["shop.t.two"],
            id="the hidden one goes",
        ),
        pytest.param(
            [of_mysql("one"), of_mysql("two", unique=True, visible=False)],
            [],
            id="a hidden one serves nobody, a unique one stays",
        ),
        pytest.param(
            [of_mysql("one", method="fulltext"), of_mysql("two", method="fulltext")],
            [],
            id="fulltext parsers may differ",
        ),
    ],
)
def test_on_mysql(indexes: list[Index], subjects: list[str]) -> None:
    assert [f.subject.name for f in duplicate_index(snapshot(*indexes), mysql())] == subjects


def test_it_is_dropped_at_once_on_mysql() -> None:
    pair = snapshot(of_mysql("one"), of_mysql("two"))
    (finding,) = duplicate_index(pair, mysql())
    assert finding.remedy.statements == (
        "SET SESSION lock_wait_timeout = 5;",
        "ALTER TABLE shop.t DROP INDEX two, ALGORITHM=INPLACE, LOCK=NONE;",
    )
    again = "CREATE INDEX two ON shop.t (a) ALGORITHM=INPLACE LOCK=NONE;"
    assert finding.remedy.rollback == again
