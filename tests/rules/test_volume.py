from __future__ import annotations

from typing import Any

import pytest

from collectors.rds.classes import ClassSize
from rules.capacity.volume import Ability, of_gp2, of_gp3, of_instance_volume, saturated
from tests.aws.rows import GIB, aurora, instance, minutes

MIB = 2**20
# db.r7g.large as EC2 tells of it.
LARGE = ClassSize(2, 16 * GIB, 3600, 40_000, 78.75e6, 1250e6)


@pytest.mark.parametrize(
    ("gib", "operations", "burst"),
    [(20, 100, 3000), (200, 600, 3000), (399, 1197, 3000), (400, 1200, 12_000),
     (1000, 3000, 12_000), (4000, 12_000, 12_000), (5000, 15_000, 15_000),
     (65_536, 64_000, 64_000)],
)  # fmt: skip
def test_gp2(gib: int, operations: int, burst: int) -> None:
    assert (of_gp2(gib).operations, of_gp2(gib).burst) == (operations, burst)


def test_gp3() -> None:
    assert of_gp3(399) == Ability(3000, 125 * MIB)
    assert of_gp3(400) == Ability(12_000, 500 * MIB)


@pytest.mark.parametrize(
    ("given", "operations", "throughput"),
    [
        pytest.param({}, 3000, 125 * MIB, id="gp3"),
        pytest.param({"iops": None, "storage_bytes_per_second": None}, 3000, 125 * MIB,
                     id="gp3, not told"),
        pytest.param({"storage_type": "io2", "iops": 9000}, 9000, None, id="io2"),
        pytest.param({"storage_type": "standard", "iops": None}, None, None, id="magnetic"),
        pytest.param({"allocated_bytes": None}, None, None, id="size unknown"),
    ],
)  # fmt: skip
def test_of_instance_volume(
    given: dict[str, Any], operations: int | None, throughput: int | None
) -> None:
    (found,) = instance(**given).rows
    able = of_instance_volume(found)
    assert (able.operations, able.throughput_bytes) == (operations, throughput)


def test_aurora_has_no_limit_of_its_own() -> None:
    (found,) = aurora().rows
    assert of_instance_volume(found) == Ability(None, None)


@pytest.mark.parametrize(
    ("size", "seen", "expected"),
    [
        pytest.param(LARGE, {}, ("operations", "volume", 3000), id="volume is the lower"),
        pytest.param(None, {}, ("operations", "volume", 3000), id="class unknown"),
        pytest.param(
            ClassSize(2, GIB, 1000, 2900), {}, ("operations", "class", 2900), id="class is"
        ),
        pytest.param(
            ClassSize(2, GIB, 2500, 40_000), {"ebs_io_balance_ratio": 0.05},
            ("operations", "class", 2500), id="credits of the class are spent",
        ),
        pytest.param(
            ClassSize(2, GIB, 2500, 40_000), {"ebs_io_balance_ratio": 0.5},
            ("operations", "volume", 3000), id="they are not",
        ),
        pytest.param(
            LARGE, {"read_bytes_per_second": 120e6, "write_bytes_per_second": 9e6},
            ("operations", "volume", 3000), id="the worse of two",
        ),
        pytest.param(
            LARGE, {"read_bytes_per_second": 125e6, "write_bytes_per_second": 9e6},
            ("throughput", "volume", 125 * MIB), id="throughput is worse",
        ),
    ],
)  # fmt: skip
def test_the_least_limit_counts(
    size: ClassSize | None, seen: dict[str, Any], expected: tuple[str, str, float]
) -> None:
    (found,) = instance(size=size).rows
    busy: dict[str, Any] = {
        "read_operations_per_second": 2000.0,
        "write_operations_per_second": 1000.0,
        "queue_depth": 9.0,
    }
    worst = saturated(found, minutes(**{**busy, **seen}).rows)
    assert worst is not None
    assert (worst.what, worst.by, worst.limit) == expected


def test_gp2_has_its_burst_until_the_credits_are_spent() -> None:
    (found,) = instance(storage_type="gp2", iops=None).rows

    def worst(balance: float | None) -> object:
        seen = minutes(
            read_operations_per_second=500.0, write_operations_per_second=50.0,
            queue_depth=9.0, burst_balance_ratio=balance,
        )  # fmt: skip
        return saturated(found, seen.rows)

    assert worst(0.5) is None
    assert worst(None) is None
    assert worst(0.05) is not None
