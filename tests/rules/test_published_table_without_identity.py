from __future__ import annotations

from typing import Any

import pytest

from collectors.postgres.postgres_table import PostgresTable
from rules.base import Severity
from rules.tables.published_table_without_identity import published_table_without_identity
from tests.make import make, snapshot


def table(**given: Any) -> PostgresTable:
    about = {"schema": "public", "table": "t", "published": True, "replica_identity": "default"}
    return make(PostgresTable, **{**about, **given})


@pytest.mark.parametrize(
    ("it", "severities"),
    [
        pytest.param(table(), [Severity.MEDIUM], id="no key, no changes yet"),
        pytest.param(table(updates=1), [Severity.HIGH], id="no key, and changes were made"),
        pytest.param(table(has_primary_key=True), [], id="has a primary key"),
        pytest.param(
            table(has_primary_key=True, replica_identity="nothing"), [Severity.MEDIUM], id="nothing"
        ),
        pytest.param(table(replica_identity="index"), [], id="a unique index"),
        pytest.param(table(published=False, updates=1), [], id="not published"),
        pytest.param(
            table(replica_identity="full", updates=1, live_rows=10_000), [Severity.LOW], id="full"
        ),
        pytest.param(table(replica_identity="full", live_rows=10_000), [], id="full, no changes"),
        pytest.param(table(replica_identity="full", updates=1), [], id="full, but small"),
    ],
)
def test_published_table_without_identity(it: PostgresTable, severities: list[Severity]) -> None:
    assert [f.severity for f in published_table_without_identity(snapshot(it))] == severities


@pytest.mark.parametrize(("key", "identity"), [(True, "DEFAULT"), (False, "FULL")])
def test_remedy_takes_what_is_there(key: bool, identity: str) -> None:
    it = table(has_primary_key=key, replica_identity="nothing")
    (finding,) = published_table_without_identity(snapshot(it))
    assert finding.remedy.statements[-1] == f"ALTER TABLE public.t REPLICA IDENTITY {identity};"
    assert finding.remedy.rollback == "ALTER TABLE public.t REPLICA IDENTITY NOTHING;"
