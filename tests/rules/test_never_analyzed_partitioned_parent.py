from __future__ import annotations

from typing import Any

import pytest

from collectors.postgres.postgres_table import PostgresTable
from rules.tables.never_analyzed_partitioned_parent import never_analyzed_partitioned_parent
from tests.make import make, snapshot


def parent(**given: Any) -> PostgresTable:
    return make(PostgresTable, schema="public", table="t", **{"kind": "partitioned table", **given})


def partition(rows: int, **given: Any) -> PostgresTable:
    return make(PostgresTable, kind="partition", live_rows=rows, **{"schema": "public", **given})


@pytest.mark.parametrize(
    ("tables", "fires"),
    [
        pytest.param([parent(), partition(6000), partition(4000)], True, id="never analysed"),
        pytest.param([parent(), partition(9999)], False, id="few rows"),
        pytest.param([parent(), partition(10_000, schema="s")], False, id="rows of another schema"),
        pytest.param([parent(analyzed_at=1.0), partition(10_000)], False, id="analysed"),
        pytest.param([parent(rows=0.0), partition(10_000)], False, id="analysed while empty"),
        pytest.param([parent(kind="table"), partition(10_000)], False, id="an ordinary table"),
        pytest.param([parent()], False, id="no partitions"),
    ],
)
def test_never_analyzed_partitioned_parent(tables: list[PostgresTable], fires: bool) -> None:
    assert bool(never_analyzed_partitioned_parent(snapshot(*tables))) is fires
