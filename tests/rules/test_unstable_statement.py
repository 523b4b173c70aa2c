from __future__ import annotations

import pytest

from collectors.snapshots.statements import Statement
from rules.statements.unstable_statement import unstable_statement
from tests.make import activity, make


def statement(calls: int, mean: float, deviation: float | None, **given: object) -> Statement:
    squared = None if deviation is None else calls * (deviation**2 + mean**2)
    return make(
        Statement, digest="d1", calls=calls, exec_seconds=calls * mean,
        exec_seconds_squared=squared, **given,
    )  # fmt: skip


def test_fires() -> None:
    (finding,) = unstable_statement(activity(statement(1000, 0.05, 0.2), seconds=100.0))
    assert finding.evidence["deviation_seconds"] == pytest.approx(0.2)
    assert finding.evidence["variation_ratio"] == pytest.approx(4.0)


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(statement(1000, 0.05, 0.14), id="just not three times the mean"),
        pytest.param(statement(100_000, 0.001, 0.05), id="nobody feels it"),
        pytest.param(statement(99, 0.2, 0.9), id="too few calls to tell"),
        pytest.param(statement(150, 0.05, 0.2), id="little load"),
        pytest.param(statement(1000, 0.05, None), id="squares are not counted"),
        pytest.param(statement(1000, 0.05, 0.2, own=True), id="our own"),
        pytest.param(statement(0, 0.0, 0.0), id="nothing ran"),
    ],
)
def test_quiet(row: Statement) -> None:
    assert not unstable_statement(activity(row, seconds=100.0))
