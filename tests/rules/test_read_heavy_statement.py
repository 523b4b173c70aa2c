from __future__ import annotations

import pytest

from collectors.snapshots.statements import Statement
from rules.base import Severity
from rules.statements.read_heavy_statement import read_heavy_statement
from tests.make import activity, make, server

MB = 1024 * 1024
REST = make(Statement, digest="rest", calls=9000, exec_seconds=240.0, own=True)
LESS = make(Statement, digest="less", calls=9000, exec_seconds=239.0, own=True)


def statement(**given: object) -> Statement:
    """100 calls of 16 MB, ten rows each; 60 s."""
    about = {"calls": 100, "exec_seconds": 60.0, "rows": 1000, "query": "SELECT * FROM t"}
    blocks = {"shared_hit_bytes": 1000 * MB, "shared_read_bytes": 600 * MB}
    return make(Statement, digest="d1", **{**about, **blocks, **given})


@pytest.mark.parametrize(
    ("row", "others", "seconds", "severity"),
    [
        pytest.param(statement(), REST, 500.0, Severity.MEDIUM, id="a fifth of all time"),
        pytest.param(statement(rows=0), REST, 500.0, Severity.MEDIUM, id="finds nothing"),
        pytest.param(statement(), LESS, 500.0, Severity.HIGH, id="over a fifth of all time"),
        pytest.param(statement(), REST, 50.0, Severity.HIGH, id="more than one session busy"),
        pytest.param(
            statement(query="UPDATE t SET a = $1 WHERE b = $2"),
            REST,
            500.0,
            Severity.MEDIUM,
            id="update",
        ),
    ],
)
def test_fires(row: Statement, others: Statement, seconds: float, severity: Severity) -> None:
    (finding,) = read_heavy_statement(activity(row, others, seconds=seconds), server())
    assert finding.severity is severity


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(statement(rows=2100), id="just under a hundred blocks a row"),
        pytest.param(statement(calls=250), id="small calls"),
        pytest.param(statement(query="SELECT count(*) FROM t"), id="one number about many rows"),
        pytest.param(statement(query="SELECT a FROM t GROUP BY a"), id="groups"),
        pytest.param(statement(exec_seconds=9.0), id="little load"),
        pytest.param(statement(shared_hit_bytes=None), id="blocks not counted"),
        pytest.param(statement(own=True), id="our own"),
    ],
)
def test_quiet(row: Statement) -> None:
    assert not read_heavy_statement(activity(row, seconds=100.0), server())
