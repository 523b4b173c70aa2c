from __future__ import annotations

import pytest

from collectors.session import Points
from rules.capacity.trend import line, seconds_until, within


def series(*values: float, step: float = 60.0) -> Points:
    return tuple((1e9 + step * i, value) for i, value in enumerate(values))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param(series(50, 40, 30, 20, 10), 60.0, id="ten a minute"),
        pytest.param(series(50, 42, 30, 19, 10), 58.25, id="nearly straight"),
        pytest.param(series(50, 40, 30, 20, 0), 0.0, id="there"),
        pytest.param(series(50, 50, 50, 50, 50), None, id="flat"),
        pytest.param(series(10, 20, 30, 40, 50), None, id="rises"),
        pytest.param(series(50, 10, 49, 11, 48), None, id="up and down"),
        pytest.param(series(40, 30, 20, 10), None, id="four points"),
        pytest.param(series(), None, id="nothing"),
        pytest.param(((5.0, 9.0),) * 5, None, id="one moment"),
    ],
)
def test_seconds_until(given: Points, expected: float | None) -> None:
    found = seconds_until(given, 0)
    assert found == (None if expected is None else pytest.approx(expected, rel=0.01))


def test_the_level_may_be_below_zero() -> None:
    assert seconds_until(series(50, 40, 30, 20, 10), -10) == pytest.approx(120)


@pytest.mark.parametrize(("last", "told"), [(640, True), (641, False)])
def test_what_is_too_far_away_is_not_told(last: float, told: bool) -> None:
    """Four minutes at ten a minute: sixty-four minutes are sixteen times that."""
    given = series(*(last + 10 * i for i in range(4, -1, -1)))
    assert (seconds_until(given, 0) is not None) is told


def test_line() -> None:
    found = line(series(1, 2, 3, 4, 5, step=10))
    assert found is not None
    assert found.per_second == pytest.approx(0.1)
    assert found.steady_ratio == pytest.approx(1)


def test_within_counts_back_from_the_last_value() -> None:
    assert within(series(1, 2, 3, 4), 120) == series(1, 2, 3, 4)[1:]
    assert within((), 120) == ()
