from __future__ import annotations

import pytest

from collectors.postgres.sequences import Hidden, Sequence, sequences
from tests.fakes import FakeSession
from tests.make import make, row, server


@pytest.mark.parametrize(
    ("hidden", "schemas", "gaps"),
    [
        pytest.param(0, None, (), id="all can be read"),
        pytest.param(
            2,
            'public, "Sales"',
            (
                "2 sequences of database shop hide their last value; run GRANT SELECT ON ALL "
                'SEQUENCES IN SCHEMA public, "Sales" TO "dbtriage"',
            ),
            id="two can't be read",
        ),
    ],
)
def test_says_what_hides_its_value(hidden: int, schemas: str | None, gaps: tuple[str, ...]) -> None:
    unread = {Hidden: [{"sequences": hidden, "schemas": schemas}]}
    db = FakeSession(server(13, 0, database="shop"), [row(Sequence, sequence="ids")], unread)
    snapshot = sequences(db)
    assert snapshot.rows == (make(Sequence, sequence="ids"),)
    assert snapshot.counting_since is None
    assert snapshot.gaps == gaps


def test_needs_13() -> None:
    assert sequences.unmet(server(12, 9)) == ["needs postgres >= 13; found postgres 12.9"]
    assert sequences.unmet(server(13, 0)) == []
    assert sequences.per_database
