from __future__ import annotations

from collectors.postgres.prepared_transactions import PreparedTransaction, prepared_transactions
from tests.fakes import FakeSession
from tests.make import make, row, server


def test_one_row_a_transaction() -> None:
    db = FakeSession(server(13), [row(PreparedTransaction, gid="order-17")])
    assert prepared_transactions(db).rows == (make(PreparedTransaction, gid="order-17"),)


def test_says_what_it_needs() -> None:
    assert prepared_transactions.unmet(server(12)) == ["needs postgres >= 13; found postgres 12"]
