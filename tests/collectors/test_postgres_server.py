from __future__ import annotations

import pytest

from collectors.postgres.server import PostgresStatus
from collectors.postgres.server import server as ask_server
from tests.fakes import FakeSession
from tests.make import make, row, server


@pytest.mark.parametrize(("version", "asked"), [((13,), 1), ((15, 9), 1), ((16,), 2), ((18,), 2)])
def test_roles_have_connections_reserved_from_16_on(version: tuple[int, ...], asked: int) -> None:
    db = FakeSession(server(*version, created_at=3.0), [row(PostgresStatus, max_connections=100)])
    answer = ask_server(db)
    assert answer.rows == (make(PostgresStatus, max_connections=100),)
    assert answer.counting_since == 3.0
    assert db.ran[0].count("reserved_connections')") == asked


def test_says_what_it_needs() -> None:
    assert ask_server.unmet(server(12)) == ["needs postgres >= 13; found postgres 12"]
