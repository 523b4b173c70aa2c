from __future__ import annotations

from typing import Any

import pytest

from collectors.session import Server
from collectors.snapshot import Snapshot
from collectors.snapshots.replication import Replica
from collectors.snapshots.schema import ForeignKey, Index
from rules.base import Confidence, Finding
from rules.indexes.unused_index import unused_index
from tests.make import make, server, snapshot
from tests.rules.mysql_servers import mariadb, mysql

DAY = 86400.0
NOW = 1e9
KEYS: Snapshot[ForeignKey] = snapshot()


def index(**given: Any) -> Index:
    about = {
        "schema": "public",
        "table": "t",
        "index": "i",
        "columns": ("a",),
        "valid": True,
        "visible": True,
        "scans": 0,
        "size_bytes": 10 * 2**20,
        "definition": "CREATE INDEX i ON public.t USING btree (a)",
    }
    return make(Index, **{**about, **given})


def judged(
    it: Index,
    days: float | None = 30,
    keys: Snapshot[ForeignKey] = KEYS,
    replicas: Snapshot[Replica] | None = None,
) -> list[Finding]:
    since = None if days is None else NOW - days * DAY
    indexes = snapshot(it, taken_at=NOW, counting_since=since)
    return unused_index(indexes, keys, replicas, None, server())


@pytest.mark.parametrize(
    ("it", "days", "fires"),
    [
        pytest.param(index(), 30, True, id="unused for a month"),
        pytest.param(index(), 29.9, False, id="not watched for a month"),
        pytest.param(index(), None, False, id="nobody knows since when it counts"),
        pytest.param(index(size_bytes=10 * 2**20 - 1), 90, False, id="too small"),
        pytest.param(index(scans=1), 90, False, id="used, nobody knows when"),
        pytest.param(index(scans=1, last_scan_at=NOW - 31 * DAY), 90, True, id="used long ago"),
        pytest.param(index(scans=1, last_scan_at=NOW - DAY), 90, False, id="used yesterday"),
        pytest.param(index(unique=True), 90, False, id="unique"),
        pytest.param(index(constraint="c"), 90, False, id="backs a constraint"),
        pytest.param(index(replica_identity=True), 90, False, id="replica identity"),
        pytest.param(index(partition_child=True), 90, False, id="of a partition"),
        pytest.param(index(valid=False), 90, False, id="invalid has its own rule"),
    ],
)
def test_unused_index(it: Index, days: float | None, fires: bool) -> None:
    assert bool(judged(it, days)) is fires


def test_foreign_key_needs_it() -> None:
    key = make(ForeignKey, schema="public", table="t", columns=("a",))
    assert judged(index(), 90, snapshot(key)) == []
    other = make(ForeignKey, schema="public", table="t", columns=("b",))
    assert len(judged(index(), 90, snapshot(other))) == 1


@pytest.mark.parametrize(
    ("replicas", "confidence"),
    [
        pytest.param(None, None, id="not known"),
        pytest.param(snapshot(), None, id="alone"),
        pytest.param(
            snapshot(make(Replica, replica="r", kind="physical")),
            Confidence.HEURISTIC,
            id="replica",
        ),
    ],
)
def test_replicas_lower_confidence(
    replicas: Snapshot[Replica] | None, confidence: Confidence | None
) -> None:
    (finding,) = judged(index(), 90, replicas=replicas)
    assert finding.confidence is confidence
    assert ("each of them" in finding.remedy.text) is (confidence is not None)


def test_limits_are_tunable() -> None:
    at = snapshot(index(size_bytes=1), taken_at=NOW, counting_since=NOW)
    assert len(unused_index(at, KEYS, None, None, server(), minimum_bytes=1, minimum_days=0)) == 1


def test_dropping_can_be_undone() -> None:
    (finding,) = judged(index(), 90)
    assert finding.remedy.statements == ("DROP INDEX CONCURRENTLY public.i;",)
    assert finding.remedy.rollback.startswith("CREATE INDEX CONCURRENTLY i ON")


def of_mysql(**given: Any) -> Index:
    about = {
        "database": "shop",
        "schema": "shop",
        "method": "btree",
        "prefixes": (0,),
        "scans": None,
        "rows_read": 0,
        "definition": "CREATE INDEX i ON shop.t (a)",
    }
    return index(**{**about, **given})


def judged_on_mysql(
    *its: Index,
    days: float = 30,
    keys: Snapshot[ForeignKey] = KEYS,
    where: Server | None = None,
) -> list[Finding]:
    at = snapshot(*its, taken_at=NOW, counting_since=NOW - days * DAY)
    return unused_index(at, keys, None, None, where or mysql())


@pytest.mark.parametrize(
    ("it", "days", "fires"),
    [
        pytest.param(of_mysql(), 30, True, id="no row read for a month"),
        pytest.param(of_mysql(), 29.9, False, id="restarted less than a month ago"),
        pytest.param(of_mysql(rows_read=1), 90, False, id="read once, nobody knows when"),
        pytest.param(of_mysql(rows_read=None), 90, False, id="performance_schema is off"),
        pytest.param(of_mysql(unique=True), 90, False, id="unique"),
        pytest.param(of_mysql(visible=False), 90, False, id="hidden already: has its own rule"),
        pytest.param(
            of_mysql(method="fulltext"), 90, False, id="fulltext searches count elsewhere"
        ),
        pytest.param(of_mysql(method="spatial"), 90, False, id="spatial"),
    ],
)
def test_on_mysql(it: Index, days: float, fires: bool) -> None:
    assert bool(judged_on_mysql(it, days=days)) is fires


@pytest.mark.parametrize(
    ("others", "key", "fires"),
    [
        pytest.param([], ("a",), False, id="the only one that serves the foreign key"),
        pytest.param([of_mysql(index="j", rows_read=9)], ("a",), True, id="another serves it"),
        pytest.param(
            [of_mysql(index="j", unique=True)], ("a",), True, id="a unique index serves it"
        ),
        pytest.param(
            [of_mysql(index="j", rows_read=9, prefixes=(5,))], ("a",), False,
            id="the other one is on a prefix, which can't serve it",
        ),
        pytest.param([], ("a", "b"), True, id="it lacks a column of the key, so it can't serve it"),
        pytest.param([], ("b",), True, id="the key is on another column"),
    ],
)  # fmt: skip
def test_foreign_key_of_innodb(others: list[Index], key: tuple[str, ...], fires: bool) -> None:
    keys = snapshot(make(ForeignKey, database="shop", schema="shop", table="t", columns=key))
    found = judged_on_mysql(of_mysql(), *others, days=90, keys=keys)
    assert ("shop.t.i" in [f.subject.name for f in found]) is fires


def test_one_of_two_unused_ones_stays_for_the_foreign_key() -> None:
    keys = snapshot(make(ForeignKey, database="shop", schema="shop", table="t", columns=("a",)))
    assert len(judged_on_mysql(of_mysql(), of_mysql(index="j"), days=90, keys=keys)) == 1


def test_referenced_columns_keep_their_index() -> None:
    parent = {
        "referenced_schema": "shop",
        "referenced_table": "t",
        "referenced_columns": ("a",),
    }
    keys = snapshot(make(ForeignKey, database="x", schema="x", table="child", **parent))
    assert judged_on_mysql(of_mysql(), days=90, keys=keys) == []


@pytest.mark.parametrize(
    ("where", "first", "back"),
    [
        pytest.param(mysql(8, 0, 36), "i INVISIBLE", "i VISIBLE", id="MySQL 8.0"),
        pytest.param(mariadb(10, 6, 1), "i IGNORED", "i NOT IGNORED", id="MariaDB 10.6"),
    ],
)
def test_it_is_hidden_first(where: Server, first: str, back: str) -> None:
    (finding,) = judged_on_mysql(of_mysql(), where=where)
    wait, hide, drop = finding.remedy.statements
    assert wait == "SET SESSION lock_wait_timeout = 5;"
    online = ", ALGORITHM=INPLACE, LOCK=NONE;"
    assert hide == f"ALTER TABLE shop.t ALTER INDEX {first}{online}"
    assert drop.startswith("-- a week later")
    assert drop.endswith(f"ALTER TABLE shop.t DROP INDEX i{online}")
    assert finding.remedy.rollback.startswith(f"ALTER TABLE shop.t ALTER INDEX {back}{online}")
    assert "on each replica" in finding.remedy.text


@pytest.mark.parametrize("where", [mysql(5, 7, 44), mariadb(10, 5, 20)], ids=["5.7", "10.5"])
def test_it_is_dropped_where_it_cannot_be_hidden(where: Server) -> None:
    (finding,) = judged_on_mysql(of_mysql(), where=where)
    assert finding.remedy.statements[1:] == (
        "ALTER TABLE shop.t DROP INDEX i, ALGORITHM=INPLACE, LOCK=NONE;",
    )
    assert finding.remedy.rollback.startswith("CREATE INDEX i ON shop.t (a) ALGORITHM=INPLACE")


def test_a_replica_is_less_sure() -> None:
    (finding,) = judged_on_mysql(of_mysql(), where=mysql(is_replica=True))
    assert finding.confidence is Confidence.HEURISTIC


def test_indexes_of_two_tables_may_have_one_name() -> None:
    found = judged_on_mysql(of_mysql(), of_mysql(table="u"))
    assert [f.subject.name for f in found] == ["shop.t.i", "shop.u.i"]
