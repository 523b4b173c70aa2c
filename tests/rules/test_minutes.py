from __future__ import annotations

from rules.capacity.minutes import both, last, latest, mean, points
from tests.aws.rows import minutes

ROWS = minutes(4, cpu_ratio=[0.1, None, 0.3, 0.4]).rows


def test_points_are_what_is_known() -> None:
    assert [value for _, value in points(ROWS, lambda m: m.cpu_ratio)] == [0.1, 0.3, 0.4]
    assert points(ROWS, lambda m: m.cpu_ratio)[1][0] - ROWS[0].at == 120


def test_last_are_so_many_or_none() -> None:
    assert last(ROWS, 2, lambda m: m.cpu_ratio) == (0.3, 0.4)
    assert last(ROWS, 3, lambda m: m.cpu_ratio) == (0.1, 0.3, 0.4)
    assert last(ROWS, 4, lambda m: m.cpu_ratio) == ()


def test_latest() -> None:
    assert latest(ROWS, lambda m: m.cpu_ratio) == 0.4
    assert latest(minutes(2, cpu_ratio=[0.0, None]).rows, lambda m: m.cpu_ratio) == 0.0
    assert latest(ROWS, lambda m: m.connections) is None


def test_mean_of_nothing_is_unknown() -> None:
    assert mean((1.0, 3.0)) == 2.0
    assert mean(()) is None


def test_a_sum_with_an_unknown_part_is_unknown() -> None:
    assert both(1.0, 0.0) == 1.0
    assert both(None, 1.0) is None
    assert both(1.0, None) is None
