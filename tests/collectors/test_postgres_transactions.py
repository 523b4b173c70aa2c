from __future__ import annotations

from collectors.postgres.transactions import transactions
from collectors.snapshots.transactions import HorizonHolder
from tests.fakes import FakeSession
from tests.make import row, server


def test_shows_no_literal_of_the_last_statement() -> None:
    given = row(HorizonHolder, kind="session", query="SELECT 'secret'")
    (holder,) = transactions(FakeSession(server(13), [given])).rows
    assert holder.kind == "session"
    assert holder.query == "SELECT ?"


def test_says_what_it_needs() -> None:
    assert transactions.unmet(server(12)) == ["needs postgres >= 13; found postgres 12"]
