from __future__ import annotations

from typing import Any

import pytest

from collectors.postgres.postgres_table import PostgresTable
from collectors.snapshots.schema import ForeignKey
from rules.base import Confidence, Severity
from rules.indexes.unindexed_foreign_key import unindexed_foreign_key
from tests.make import activity, make, snapshot

MEGABYTE = 2**20


def key(**given: Any) -> ForeignKey:
    about = {
        "schema": "public",
        "table": "lines",
        "name": "lines_order_fk",
        "columns": ("order_id",),
        "referenced_schema": "public",
        "referenced_table": "orders",
    }
    return make(ForeignKey, **{**about, **given})


def child(**given: Any) -> PostgresTable:
    about = {"schema": "public", "table": "lines", "heap_bytes": 10 * MEGABYTE, "seq_scans": 100}
    return make(PostgresTable, **{**about, **given})


def parent(deletes: int = 100) -> PostgresTable:
    return make(PostgresTable, schema="public", table="orders", deletes=deletes)


@pytest.mark.parametrize(
    ("it", "tables", "fires"),
    [
        pytest.param(key(), [child(), parent()], True, id="each delete scans"),
        pytest.param(key(indexed=True), [child(), parent()], False, id="indexed"),
        pytest.param(key(), [child(), parent(0)], False, id="parent loses no rows"),
        pytest.param(key(), [child(seq_scans=0), parent()], False, id="another index serves it"),
        pytest.param(
            key(), [child(heap_bytes=10 * MEGABYTE - 1), parent()], False, id="small child"
        ),
        pytest.param(key(), [child()], False, id="parent saw nothing"),
        pytest.param(key(), [], False, id="nothing ran"),
    ],
)
def test_unindexed_foreign_key(it: ForeignKey, tables: list[PostgresTable], fires: bool) -> None:
    assert bool(unindexed_foreign_key(snapshot(it), activity(*tables))) is fires


@pytest.mark.parametrize(
    ("scans", "severity"),
    [(100, Severity.MEDIUM), (36_000, Severity.HIGH), (360_000, Severity.CRITICAL)],
)
def test_severity_follows_load(scans: int, severity: Severity) -> None:
    tables = activity(child(seq_scans=scans), parent(scans), seconds=3600)
    (finding,) = unindexed_foreign_key(snapshot(key()), tables)
    assert finding.severity is severity


def test_first_look_is_an_estimate() -> None:
    seen = activity(child(), parent(), accumulated=True)
    (finding,) = unindexed_foreign_key(snapshot(key()), seen)
    assert finding.confidence is None
    (finding,) = unindexed_foreign_key(snapshot(key()), activity(child(), parent()))
    assert finding.confidence is Confidence.VALIDATED


def test_no_time_passed() -> None:
    tables = activity(child(), parent(), seconds=0)
    assert unindexed_foreign_key(snapshot(key()), tables) == []


def test_names_are_quoted() -> None:
    tables = activity(child(), parent())
    (finding,) = unindexed_foreign_key(snapshot(key(columns=("order", "Line"))), tables)
    assert finding.remedy.statements == (
        'CREATE INDEX CONCURRENTLY "lines_order_Line_idx" ON public.lines ("order", "Line");',
    )
