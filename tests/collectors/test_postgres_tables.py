from __future__ import annotations

import pytest

from collectors.postgres.counting_since import Reset
from collectors.postgres.postgres_table import PostgresTable
from collectors.postgres.tables import tables
from tests.fakes import FakeSession
from tests.make import make, row, server

SCHEMAS = "pg_publication_namespace"


@pytest.mark.parametrize(
    ("version", "rows", "schemas"),
    [
        pytest.param(
            (13, 4), "CASE WHEN c.relpages > 0", False, id="0 rows may mean never analysed"
        ),
        pytest.param((14, 0), "nullif(c.reltuples, -1)", False, id="-1 rows mean never analysed"),
        pytest.param((15, 1), "nullif(c.reltuples, -1)", True, id="schemas can be published"),
        pytest.param((18, 6), "nullif(c.reltuples, -1)", True, id="the newest"),
    ],
)
def test_asks_as_the_version_answers(version: tuple[int, ...], rows: str, *, schemas: bool) -> None:
    db = FakeSession(server(*version), [row(PostgresTable, table="orders")], {Reset: [{"at": 5.0}]})
    snapshot = tables(db)
    assert snapshot.rows == (make(PostgresTable, table="orders"),)
    assert rows in db.ran[0]
    assert (SCHEMAS in db.ran[0]) == schemas


@pytest.mark.parametrize(
    ("at", "since"),
    [
        pytest.param(5.0, 5.0, id="statistics were reset"),
        pytest.param(None, 3.0, id="never reset, counted since the cluster was made"),
    ],
)
def test_counting_since(at: float | None, since: float) -> None:
    db = FakeSession(server(created_at=3.0), by_type={Reset: [{"at": at}]})
    assert tables(db).counting_since == since


def test_needs_13() -> None:
    assert tables.unmet(server(12, 9)) == ["needs postgres >= 13; found postgres 12.9"]
    assert tables.unmet(server(13, 0)) == []
    assert tables.per_database
