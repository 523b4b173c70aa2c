from __future__ import annotations

from typing import Any

import pytest

from rules.capacity.storage import grown, next_gib, room
from tests.aws.rows import GIB, aurora, instance, minutes


def test_room_up_to_what_autoscaling_allows() -> None:
    (found,) = instance().rows  # 200 of at most 1,000 GiB
    left = room(found, minutes(free_storage_bytes=50.0 * GIB).rows)
    assert left is not None
    assert (left.used_bytes, left.left_bytes) == (150 * GIB, 850 * GIB)
    assert left.grows
    assert not left.late


@pytest.mark.parametrize(
    ("free", "late"), [pytest.param(9.9, True, id="5 %"), pytest.param(10.0, False, id="just not")]
)
def test_autoscaling_that_has_not_come(free: float, late: bool) -> None:
    (found,) = instance().rows
    left = room(found, minutes(free_storage_bytes=free * GIB).rows)
    assert left is not None
    assert left.late is late
    assert left.grows is not late


def test_the_most_of_five_minutes_counts() -> None:
    (found,) = instance().rows
    free = [90.0 * GIB] + [50.0 * GIB, 40.0 * GIB] * 2 + [None]
    left = room(found, minutes(6, free_storage_bytes=free).rows)
    assert left is not None
    assert left.free_bytes == 90 * GIB
    left = room(found, minutes(7, free_storage_bytes=[None, *free[:-1], 30.0 * GIB]).rows)
    assert left is not None
    assert left.free_bytes == 50 * GIB


def test_no_figure_no_room() -> None:
    assert room(instance().rows[0], minutes().rows) is None
    assert room(aurora().rows[0], minutes(free_storage_bytes=1.0).rows) is None


@pytest.mark.parametrize(
    ("used", "now", "growth", "gib"),
    [
        (140, 200, 1.1, 220),
        (190, 200, 1.1, 280),
        (50_000, 60_000, 1.26, 65_536),
        (1, 200, 1.0, 200),
    ],
)
def test_next_gib(used: float, now: float, growth: float, gib: int) -> None:
    assert next_gib(used * GIB, now * GIB, growth) == gib


@pytest.mark.parametrize(
    ("given", "gib", "options"),
    [
        pytest.param({}, 300, ("--allocated-storage 300",), id="gp3 that cannot be given more"),
        pytest.param({}, 400, ("--allocated-storage 400", "--iops 12000"), id="that now can"),
        pytest.param(
            {"allocated_bytes": 500 * GIB, "iops": 15_000}, 600,
            ("--allocated-storage 600", "--iops 15000"), id="that keeps what it has",
        ),
        pytest.param(
            {"storage_type": "io1", "iops": 2000}, 300,
            ("--allocated-storage 300", "--iops 2000"), id="io1",
        ),
        pytest.param({"storage_type": "gp2", "iops": None}, 500, ("--allocated-storage 500",),
                     id="gp2"),
    ],
)  # fmt: skip
def test_grown(given: dict[str, Any], gib: int, options: tuple[str, ...]) -> None:
    (found,) = instance(**given).rows
    assert grown(found, gib) == options
