from __future__ import annotations

import pytest

from collectors.postgres.counting_since import Reset
from collectors.postgres.indexes import indexes
from collectors.snapshots.schema import Index
from tests.fakes import FakeSession
from tests.make import make, row, server

READ = row(Index, oid=7, definition="CREATE INDEX i …", predicate="(done)", expressions="lower(a)")
LOCKED = row(Index, oid=7, scans=9)


@pytest.mark.parametrize(
    ("version", "last_scan", "rows"),
    [
        ((13, 0), "NULL::float8 AS last_scan_at", "CASE WHEN c.relpages > 0"),
        ((15, 9), "NULL::float8 AS last_scan_at", "nullif(c.reltuples, -1)"),
        ((16, 0), "pg_stat_get_lastscan(c.oid)", "nullif(c.reltuples, -1)"),
    ],
)
def test_asks_as_the_version_answers(version: tuple[int, ...], last_scan: str, rows: str) -> None:
    db = FakeSession(server(*version), [READ], {Reset: [{"at": 5.0}]})
    snapshot = indexes(db)
    assert snapshot.rows == (Index(**READ),)
    assert snapshot.counting_since == 5.0
    assert snapshot.gaps == ()
    assert last_scan in db.ran[0]
    assert rows in db.ran[0]


def test_a_locked_table_keeps_the_texts_of_the_last_look() -> None:
    db = FakeSession(server(), [READ], {Reset: []})
    indexes(db)
    db.given = [LOCKED]
    for _ in range(2):
        (index,) = indexes(db).rows
        assert index == make(Index, **READ | {"scans": 9})


def test_a_table_locked_at_the_first_look_is_a_gap() -> None:
    snapshot = indexes(FakeSession(server(), [LOCKED, READ | {"oid": 8}], {Reset: []}))
    assert [index.oid for index in snapshot.rows] == [8]
    assert snapshot.gaps == ("1 index could not be read: its table is locked by ACCESS EXCLUSIVE",)


def test_needs_13() -> None:
    assert indexes.unmet(server(12, 9)) == ["needs postgres >= 13; found postgres 12.9"]
    assert indexes.unmet(server(13, 0)) == []
    assert indexes.per_database
