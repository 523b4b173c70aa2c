from __future__ import annotations

import pytest

from collectors.postgres.columns import Hidden, columns
from collectors.snapshots.schema import Column
from tests.fakes import FakeSession
from tests.make import make, row, server


def session(*version: int, hidden: int) -> FakeSession:
    table = row(Hidden, tables=hidden, first="public.orders")
    return FakeSession(server(*version), [row(Column, table="orders")], {Hidden: [table]})


@pytest.mark.parametrize(
    ("version", "grant"), [(13, "SELECT ON ALL TABLES IN SCHEMA …"), (14, "pg_read_all_data")]
)
def test_what_may_not_be_read_is_said(version: int, grant: str) -> None:
    assert columns(session(version, 0, hidden=2)).gaps == (
        "column statistics of 2 tables (public.orders first) are hidden from role dbtriage; "
        f'run GRANT {grant} TO "dbtriage"',
    )


@pytest.mark.parametrize("version", [(13, 0), (18, 6)])
def test_nothing_is_counted(version: tuple[int, ...]) -> None:
    snapshot = columns(session(*version, hidden=0))
    assert snapshot.gaps == ()
    assert snapshot.rows == (make(Column, table="orders"),)
    assert snapshot.counting_since is None


def test_needs_13() -> None:
    assert columns.unmet(server(12, 9)) == ["needs postgres >= 13; found postgres 12.9"]
    assert columns.unmet(server(13, 0)) == []
    assert columns.per_database
