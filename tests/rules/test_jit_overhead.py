from __future__ import annotations

import pytest

from collectors.snapshots.statements import Statement
from rules.statements.jit_overhead import jit_overhead
from tests.make import activity, make


def statement(**given: object) -> Statement:
    """100 calls of half a second, a third of it compilation."""
    about = {"database": "shop", "calls": 100, "exec_seconds": 50.0, "jit_seconds": 17.0}
    return make(Statement, digest="d1", **{**about, **given})


@pytest.mark.parametrize(
    ("row", "remedy"),
    [
        pytest.param(statement(user="App"), 'ALTER ROLE "App" SET jit = off;', id="for the role"),
        pytest.param(statement(), "ALTER DATABASE shop SET jit = off;", id="role unknown"),
    ],
)
def test_fires(row: Statement, remedy: str) -> None:
    (finding,) = jit_overhead(activity(row, seconds=100.0))
    assert finding.remedy.statements == (remedy,)
    assert finding.impact.value == pytest.approx(0.17 * 3600)


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(statement(jit_seconds=12.0), id="just under a quarter"),
        pytest.param(statement(calls=25), id="long statements are worth compiling"),
        pytest.param(statement(jit_seconds=0.0), id="not compiled"),
        pytest.param(statement(jit_seconds=None), id="not counted"),
        pytest.param(statement(exec_seconds=9.0, jit_seconds=9.0), id="little load"),
    ],
)
def test_quiet(row: Statement) -> None:
    assert not jit_overhead(activity(row, seconds=100.0))
