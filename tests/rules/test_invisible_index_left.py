from __future__ import annotations

from typing import Any

import pytest

from collectors.snapshots.schema import ForeignKey, Index
from rules.base import Severity
from rules.indexes.invisible_index_left import invisible_index_left
from tests.make import make, snapshot
from tests.rules.mysql_servers import mariadb, mysql


def index(**given: Any) -> Index:
    about = {
        "database": "shop",
        "schema": "shop",
        "table": "t",
        "index": "i",
        "method": "btree",
        "columns": ("a",),
        "prefixes": (0,),
        "size_bytes": 10 * 2**20,
        "definition": "CREATE INDEX i ON shop.t (a)",
    }
    return make(Index, **{**about, **given})


@pytest.mark.parametrize(
    ("it", "severities"),
    [
        pytest.param(index(), [None], id="hidden"),
        pytest.param(index(size_bytes=1), [Severity.INFO], id="hidden and small"),
        pytest.param(index(visible=True), [], id="in use"),
        pytest.param(index(unique=True), [], id="it keeps rows unique unseen"),
    ],
)
def test_invisible_index_left(it: Index, severities: list[Severity | None]) -> None:
    found = invisible_index_left(snapshot(it), snapshot(), None, mysql())
    assert [f.severity for f in found] == severities


def test_foreign_key_needs_it() -> None:
    keys = snapshot(make(ForeignKey, database="shop", schema="shop", table="t", columns=("a",)))
    assert invisible_index_left(snapshot(index()), keys, None, mysql()) == []


def test_it_can_be_shown_or_dropped() -> None:
    (finding,) = invisible_index_left(snapshot(index()), snapshot(), None, mysql())
    assert "ALTER INDEX i VISIBLE" in finding.remedy.text
    assert "DROP INDEX i" in finding.remedy.statements[1]
    (finding,) = invisible_index_left(snapshot(index()), snapshot(), None, mariadb())
    assert "ALTER INDEX i NOT IGNORED" in finding.remedy.text
