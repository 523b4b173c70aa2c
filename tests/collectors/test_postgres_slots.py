from __future__ import annotations

import pytest

from collectors.postgres.slots import Slot, slots
from tests.fakes import FakeSession
from tests.make import make, row, server


@pytest.mark.parametrize(
    ("version", "column"),
    [
        ((13,), "NULL::float8 AS inactive_since"),
        ((16, 9), "NULL::float8 AS inactive_since"),
        ((17,), "extract(epoch FROM s.inactive_since)::float8"),
    ],
)
def test_knows_from_17_on_since_when_a_slot_is_idle(version: tuple[int, ...], column: str) -> None:
    db = FakeSession(server(*version), [row(Slot, slot="east")])
    assert slots(db).rows == (make(Slot, slot="east"),)
    assert column in db.ran[0]


def test_says_what_it_needs() -> None:
    assert slots.unmet(server(12)) == ["needs postgres >= 13; found postgres 12"]
