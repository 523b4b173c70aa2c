from __future__ import annotations

from typing import Any

import pytest

from collectors.postgres.postgres_table import PostgresTable
from rules.base import Severity
from rules.vacuum.autovacuum_disabled import autovacuum_disabled
from tests.make import make, server, snapshot

ON = {"autovacuum": "on", "track_counts": "on"}


def table(**given: Any) -> PostgresTable:
    about = {"schema": "public", "table": "t", "heap_bytes": 10 * 2**20, "dead_rows": 1}
    return make(PostgresTable, **{**about, **given})


@pytest.mark.parametrize(
    ("it", "severities"),
    [
        pytest.param(table(), [Severity.HIGH], id="off, and rows are dead"),
        pytest.param(table(dead_rows=0), [Severity.MEDIUM], id="off, nothing due"),
        pytest.param(table(autovacuum=True), [], id="on"),
        pytest.param(table(heap_bytes=10 * 2**20 - 1), [], id="small"),
        pytest.param(table(heap_bytes=2**20, toast_bytes=9 * 2**20), [Severity.HIGH], id="TOAST"),
        pytest.param(table(live_rows=0, dead_rows=0), [Severity.MEDIUM], id="no rows"),
    ],
)
def test_autovacuum_disabled(it: PostgresTable, severities: list[Severity]) -> None:
    findings = autovacuum_disabled(server(settings=ON), snapshot(it))
    assert [f.severity for f in findings] == severities


@pytest.mark.parametrize(
    ("settings", "subjects"),
    [
        pytest.param(ON, [], id="on"),
        pytest.param({**ON, "autovacuum": "off"}, ["autovacuum"], id="autovacuum off"),
        pytest.param({**ON, "track_counts": "off"}, ["track_counts"], id="track_counts off"),
        pytest.param({}, [], id="not known"),
    ],
)
def test_whole_server(settings: dict[str, str], subjects: list[str]) -> None:
    findings = autovacuum_disabled(server(settings=settings), snapshot())
    assert [f.subject.name for f in findings] == subjects


def test_worded_for_rds() -> None:
    off = server(settings={"autovacuum": "off"}, platform="rds")
    (finding,) = autovacuum_disabled(off, snapshot())
    assert finding.remedy.statements[0].startswith("aws rds modify-db-parameter-group")
