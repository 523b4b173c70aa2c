from __future__ import annotations

import pytest

from collectors.postgres.counting_since import Reset
from collectors.postgres.io import Io, io
from tests.fakes import FakeSession
from tests.make import make, row, server


@pytest.mark.parametrize(
    ("version", "column"),
    [
        ((16,), "i.reads * i.op_bytes"),
        ((17, 5), "i.reads * i.op_bytes"),
        ((18,), "i.read_bytes::int8"),
    ],
)
def test_takes_bytes_from_where_the_version_has_them(version: tuple[int, ...], column: str) -> None:
    db = FakeSession(server(*version), [row(Io, reads=1)], {Reset: [{"at": 5.0}]})
    answer = io(db)
    assert column in db.ran[-1]
    assert answer.rows == (make(Io, reads=1),)
    assert answer.counting_since == 5.0


def test_says_what_it_needs() -> None:
    assert io.unmet(server(15, 3)) == ["needs postgres >= 16; found postgres 15.3"]
