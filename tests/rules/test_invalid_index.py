from __future__ import annotations

from typing import Any

import pytest

from collectors.postgres.postgres_table import PostgresTable
from collectors.snapshots.schema import Index
from rules.indexes.invalid_index import invalid_index
from tests.make import make, snapshot


def index(**given: Any) -> Index:
    about = {
        "schema": "public",
        "table": "t",
        "index": "i",
        "definition": "CREATE INDEX i ON t (a)",
    }
    return make(Index, **{**about, **given})


@pytest.mark.parametrize(
    ("it", "kind", "fires"),
    [
        pytest.param(index(), "table", True, id="a build failed"),
        pytest.param(index(valid=True), "table", False, id="valid"),
        pytest.param(index(building=True), "table", False, id="being built right now"),
        pytest.param(index(), "partitioned table", False, id="waits for its partitions"),
    ],
)
def test_invalid_index(it: Index, kind: str, fires: bool) -> None:
    tables = snapshot(make(PostgresTable, schema="public", table="t", kind=kind))
    assert bool(invalid_index(snapshot(it), tables)) is fires


@pytest.mark.parametrize(
    ("name", "statement"),
    [
        ("i", "REINDEX INDEX CONCURRENTLY public.i;"),
        ("i_ccnew", "DROP INDEX CONCURRENTLY public.i_ccnew;"),
        ("i_ccold2", "DROP INDEX CONCURRENTLY public.i_ccold2;"),
    ],
)
def test_leftovers_are_dropped_not_rebuilt(name: str, statement: str) -> None:
    (finding,) = invalid_index(snapshot(index(index=name)), None)
    assert finding.remedy.statements == (statement,)


def test_unique_index_needs_its_duplicates_removed() -> None:
    (finding,) = invalid_index(snapshot(index(unique=True, ready=True)), None)
    assert "duplicate keys" in finding.remedy.text
    assert "each write maintains it" in finding.summary
