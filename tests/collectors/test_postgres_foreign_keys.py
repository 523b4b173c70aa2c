from __future__ import annotations

import pytest

from collectors.postgres.foreign_keys import foreign_keys
from collectors.snapshots.schema import ForeignKey
from tests.fakes import FakeSession
from tests.make import make, row, server


@pytest.mark.parametrize("version", [(13, 0), (18, 6)])
def test_nothing_is_counted(version: tuple[int, ...]) -> None:
    snapshot = foreign_keys(FakeSession(server(*version), [row(ForeignKey, table="orders")]))
    assert snapshot.rows == (make(ForeignKey, table="orders"),)
    assert snapshot.counting_since is None


def test_needs_13() -> None:
    assert foreign_keys.unmet(server(12, 9)) == ["needs postgres >= 13; found postgres 12.9"]
    assert foreign_keys.unmet(server(13, 0)) == []
    assert foreign_keys.per_database
