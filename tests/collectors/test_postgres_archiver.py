from __future__ import annotations

from collectors.postgres.archiver import Archiver, archiver
from collectors.postgres.counting_since import Reset
from tests.fakes import FakeSession
from tests.make import make, row, server


def test_a_server_that_never_archived_has_no_times() -> None:
    given = row(Archiver, enabled=True)
    db = FakeSession(server(13), [given], {Reset: [{"at": 5.0}]})
    answer = archiver(db)
    assert answer.rows == (make(Archiver, enabled=True),)
    assert answer.rows[0].last_archived_at is None
    assert answer.counting_since == 5.0


def test_says_what_it_needs() -> None:
    assert archiver.unmet(server(12)) == ["needs postgres >= 13; found postgres 12"]
