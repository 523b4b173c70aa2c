from __future__ import annotations

import pytest

from collectors.postgres.columns import columns
from collectors.snapshots.schema import Column
from tests.fakes import FakeSession
from tests.make import make, row, server


@pytest.mark.parametrize("version", [(13, 0), (18, 6)])
def test_nothing_is_counted(version: tuple[int, ...]) -> None:
    snapshot = columns(FakeSession(server(*version), [row(Column, table="orders")]))
    assert snapshot.rows == (make(Column, table="orders"),)
    assert snapshot.counting_since is None


def test_needs_13() -> None:
    assert columns.unmet(server(12, 9)) == ["needs postgres >= 13; found postgres 12.9"]
    assert columns.unmet(server(13, 0)) == []
    assert columns.per_database
