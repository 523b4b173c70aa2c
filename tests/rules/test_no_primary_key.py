from __future__ import annotations

from typing import Any

import pytest

from collectors.postgres.postgres_table import PostgresTable
from rules.base import Severity
from rules.tables.no_primary_key import no_primary_key
from tests.make import make, snapshot


def table(**given: Any) -> PostgresTable:
    about = {"schema": "public", "table": "t", "kind": "table", "live_rows": 1000, "updates": 1}
    return make(PostgresTable, **{**about, **given})


@pytest.mark.parametrize(
    ("it", "severities"),
    [
        pytest.param(table(), [None], id="rows are changed"),
        pytest.param(table(updates=0, deletes=1), [None], id="rows are deleted"),
        pytest.param(table(updates=0), [Severity.LOW], id="only appended to"),
        pytest.param(table(live_rows=999), [], id="a handful of rows"),
        pytest.param(table(has_primary_key=True), [], id="has one"),
        pytest.param(table(has_unique_key=True), [], id="unique and not NULL"),
        pytest.param(table(kind="partition"), [], id="its parent is named instead"),
        pytest.param(table(kind="materialized view"), [], id="can't have one"),
        pytest.param(
            table(kind="partitioned table", rows=1e6, updates=0), [Severity.LOW], id="a parent"
        ),
        pytest.param(table(kind="partitioned table", rows=None), [], id="a parent not analysed"),
    ],
)
def test_no_primary_key(it: PostgresTable, severities: list[Severity | None]) -> None:
    assert [f.severity for f in no_primary_key(snapshot(it))] == severities


def test_remedy_names_the_table() -> None:
    (finding,) = no_primary_key(snapshot(table(table="Order")))
    assert finding.remedy.statements[1].startswith('ALTER TABLE public."Order" ADD COLUMN')
