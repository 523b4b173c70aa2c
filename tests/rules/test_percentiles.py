from __future__ import annotations

import pytest

from rules.capacity.percentiles import last_week, mean, percentile
from tests.aws.rows import hours


@pytest.mark.parametrize(
    ("values", "ratio", "answer"),
    [
        pytest.param([3.0, 1.0, 2.0, 4.0], 0.5, 2.0, id="half of them"),
        pytest.param([float(n) for n in range(1, 101)], 0.95, 95.0, id="95 of 100"),
        pytest.param([float(n) for n in range(1, 21)], 0.95, 19.0, id="19 of 20"),
        pytest.param([1.0, None, 9.0], 1.0, 9.0, id="holes are left out"),
        pytest.param([1.0, None, 9.0], 0.0, 1.0, id="the least"),
        pytest.param([None], 0.5, None, id="nothing is known"),
        pytest.param([], 0.5, None, id="nothing at all"),
    ],
)
def test_percentile(values: list[float | None], ratio: float, answer: float | None) -> None:
    assert percentile(values, ratio) == answer


def test_mean_of_what_is_known() -> None:
    assert mean([1.0, None, 3.0]) == 2.0
    assert mean([None]) is None


def test_last_week_is_the_newest() -> None:
    rows = hours(200, cpu_ratio=0.1).rows
    assert last_week(rows) == rows[32:]
    assert len(last_week(rows[:5])) == 5
