from __future__ import annotations

import pytest

from collectors.snapshots.statements import Statement
from rules.statements.cache_missing_statement import cache_missing_statement
from tests.make import activity, make, server

MB = 1024 * 1024


def statement(**given: object) -> Statement:
    """100 calls that read 20 MB each and wait 50 of 60 s for it."""
    about = {"calls": 100, "exec_seconds": 60.0, "block_read_seconds": 50.0, "query": "SELECT 2"}
    blocks = {"shared_hit_bytes": 1000 * MB, "shared_read_bytes": 2000 * MB}
    return make(Statement, digest="d1", **{**about, **blocks, **given})


def test_fires() -> None:
    (finding,) = cache_missing_statement(activity(statement(), seconds=100.0), server())
    assert finding.impact.value == pytest.approx(0.6 * 3600 * 50 / 60)


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(statement(shared_hit_bytes=8001 * MB), id="found in cache, mostly"),
        pytest.param(statement(calls=300), id="few blocks a call"),
        pytest.param(statement(block_read_seconds=29.0), id="it waits for something else"),
        pytest.param(statement(block_read_seconds=None), id="reads are not timed"),
        pytest.param(
            statement(block_read_seconds=12.0, exec_seconds=20.0), id="cached by the system"
        ),
        pytest.param(statement(own=True), id="our own"),
    ],
)
def test_quiet(row: Statement) -> None:
    assert not cache_missing_statement(activity(row, seconds=100.0), server())


def test_aurora_has_no_cache_beneath() -> None:
    aurora = server(platform="aurora")
    assert not cache_missing_statement(activity(statement(), seconds=100.0), aurora)
