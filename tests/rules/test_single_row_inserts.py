from __future__ import annotations

import pytest

from collectors.postgres.databases import Database
from collectors.snapshot import Activity
from collectors.snapshots.statements import Statement
from rules.base import Severity
from rules.statements.single_row_inserts import single_row_inserts
from tests.make import activity, make

INSERT = "INSERT INTO events (a, b) VALUES ($1, $2)"


def statement(calls: int, query: str = INSERT, rows: int | None = None) -> Statement:
    rows = calls if rows is None else rows
    return make(
        Statement, database="shop", digest=query, calls=calls, exec_seconds=9.0, rows=rows,
        query=query,
    )  # fmt: skip


def ended(commits: int) -> Activity[Database]:
    return activity(make(Database, database="shop", commits=commits), seconds=100.0)


@pytest.mark.parametrize(
    ("rows", "commits", "severity"),
    [
        pytest.param((statement(50_000),), 50_000, Severity.LOW, id="autocommit"),
        pytest.param((statement(150_000),), 150_000, Severity.MEDIUM, id="over 1,000 a second"),
        pytest.param(
            (statement(50_000), statement(200_000, "SELECT 1 FROM t")), 9_000, Severity.LOW,
            id="in transactions of five and more",
        ),
    ],
)  # fmt: skip
def test_fires(rows: tuple[Statement, ...], commits: int, severity: Severity) -> None:
    (finding,) = single_row_inserts(activity(*rows, seconds=100.0), ended(commits))
    assert finding.severity is severity


@pytest.mark.parametrize(
    ("rows", "commits"),
    [
        pytest.param((statement(9_900),), 9_900, id="just under a hundred a second"),
        pytest.param((statement(50_000, rows=90_000),), 50_000, id="several rows each"),
        pytest.param(
            (statement(50_000), statement(60_000, "UPDATE t SET a = $1")), 50_000,
            id="one insert among the work of a transaction",
        ),
        pytest.param(
            (statement(50_000, "INSERT INTO t SELECT * FROM s WHERE id = $1"),), 50_000,
            id="rows come from a table",
        ),
        pytest.param((), 0, id="nothing ran"),
    ],
)  # fmt: skip
def test_quiet(rows: tuple[Statement, ...], commits: int) -> None:
    assert not single_row_inserts(activity(*rows, seconds=100.0), ended(commits))
