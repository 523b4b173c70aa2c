from __future__ import annotations

from collectors.postgres.counting_since import Reset
from collectors.postgres.wal import Wal, wal
from tests.fakes import FakeSession
from tests.make import make, row, server


def test_counts_since_the_last_reset() -> None:
    db = FakeSession(server(14), [row(Wal, records=3)], {Reset: [{"at": 5.0}]})
    answer = wal(db)
    assert answer.rows == (make(Wal, records=3),)
    assert answer.counting_since == 5.0


def test_a_view_never_reset_counts_since_the_server_was_made() -> None:
    db = FakeSession(server(18, created_at=7.0), [row(Wal)], {Reset: [{"at": None}]})
    assert wal(db).counting_since == 7.0


def test_says_what_it_needs() -> None:
    assert wal.unmet(server(13, 4)) == ["needs postgres >= 14; found postgres 13.4"]
