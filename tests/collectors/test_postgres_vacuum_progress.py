from __future__ import annotations

import pytest

from collectors.postgres.vacuum_progress import VacuumProgress, vacuum_progress
from tests.fakes import FakeSession
from tests.make import make, row, server


@pytest.mark.parametrize(
    ("version", "column"),
    [
        ((13,), "NULL::float8 AS delay_seconds"),
        ((17, 5), "NULL::float8 AS delay_seconds"),
        ((18,), "p.delay_time / 1e3"),
    ],
)
def test_knows_from_18_on_how_long_it_slept(version: tuple[int, ...], column: str) -> None:
    db = FakeSession(server(*version), [row(VacuumProgress, table="public.orders")])
    assert vacuum_progress(db).rows == (make(VacuumProgress, table="public.orders"),)
    assert column in db.ran[0]


def test_says_what_it_needs() -> None:
    assert vacuum_progress.unmet(server(12)) == ["needs postgres >= 13; found postgres 12"]
