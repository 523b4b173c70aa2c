from __future__ import annotations

from typing import Any

import pytest

from collectors.postgres.postgres_table import PostgresTable
from rules.base import Severity
from rules.tables.low_hot_ratio import low_hot_ratio
from tests.make import activity, make


def table(**given: Any) -> PostgresTable:
    about = {
        "schema": "public",
        "table": "t",
        "updates": 180_000,
        "hot_updates": 89_999,
        "fillfactor": 100,
        "heap_pages": 1000,
        "index_bytes": 8192,
    }
    return make(PostgresTable, **{**about, **given})


@pytest.mark.parametrize(
    ("it", "fires"),
    [
        pytest.param(table(), True, id="under half"),
        pytest.param(table(hot_updates=90_000), False, id="half"),
        pytest.param(table(updates=179_999, hot_updates=0), False, id="under 50 a second"),
        pytest.param(table(fillfactor=90), False, id="the advised room is there"),
        pytest.param(table(heap_pages=100_000), False, id="not every page was updated yet"),
        pytest.param(table(index_bytes=0), False, id="no index to write to"),
        pytest.param(table(updates=0, hot_updates=0), False, id="nothing ran"),
    ],
)
def test_low_hot_ratio(it: PostgresTable, fires: bool) -> None:
    assert bool(low_hot_ratio(activity(it))) is fires


def test_severity_follows_load() -> None:
    (finding,) = low_hot_ratio(activity(table(updates=3600 * 4000, hot_updates=0)))
    assert finding.severity is Severity.MEDIUM


def test_no_time_passed() -> None:
    assert low_hot_ratio(activity(table(), seconds=0)) == []
