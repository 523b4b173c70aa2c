from __future__ import annotations

import pytest

from collectors.postgres.extensions import Extension, extensions
from tests.fakes import FakeSession
from tests.make import make, row, server


@pytest.mark.parametrize("version", [(13, 0), (18, 6)])
def test_reads_them(version: tuple[int, ...]) -> None:
    snapshot = extensions(FakeSession(server(*version), [row(Extension, extension="hstore")]))
    assert snapshot.rows == (make(Extension, extension="hstore"),)
    assert snapshot.counting_since is None


def test_needs_13() -> None:
    assert extensions.unmet(server(12, 9)) == ["needs postgres >= 13; found postgres 12.9"]
    assert extensions.unmet(server(13, 0)) == []
    assert extensions.per_database
