from __future__ import annotations

import pytest

from collectors.postgres.counting_since import Reset
from collectors.postgres.databases import Database, databases
from tests.fakes import FakeSession
from tests.make import make, row, server


@pytest.mark.parametrize(
    ("version", "sessions"),
    [
        ((13, 22), "NULL::int8 AS sessions_killed"),
        ((14, 0), "coalesce(s.sessions_killed, 0)"),
        ((18, 6), "coalesce(s.sessions_killed, 0)"),
    ],
)
def test_counts_sessions_since_14(version: tuple[int, ...], sessions: str) -> None:
    db = FakeSession(server(*version), [row(Database, database="shop")], {Reset: [{"at": 5.0}]})
    snapshot = databases(db)
    assert snapshot.rows == (make(Database, database="shop"),)
    assert snapshot.counting_since == 5.0
    assert sessions in db.ran[0]


def test_needs_13() -> None:
    assert databases.unmet(server(12, 9)) == ["needs postgres >= 13; found postgres 12.9"]
    assert databases.unmet(server(13, 0)) == []
    assert not databases.per_database
