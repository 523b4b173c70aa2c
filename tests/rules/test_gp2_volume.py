from __future__ import annotations

from typing import Any

import pytest

from rules.base import Severity
from rules.capacity.gp2_volume import gp2_volume
from tests.aws.commands import commands_of, request
from tests.aws.rows import GIB, aurora, instance, minutes

DEV = (("environment", "dev"),)
MIB = 2**20


def gp2(gib: int = 200, **given: Any) -> Any:
    about = {"storage_type": "gp2", "iops": None, "storage_bytes_per_second": None}
    return instance(**{**about, "allocated_bytes": gib * GIB, **given})


@pytest.mark.parametrize(
    ("where", "severities"),
    [
        pytest.param(gp2(), [Severity.MEDIUM], id="in production"),
        pytest.param(gp2(tags=()), [Severity.LOW], id="nobody says what it is"),
        pytest.param(gp2(tags=DEV), [Severity.INFO], id="not production"),
        pytest.param(instance(), [], id="gp3"),
        pytest.param(aurora(), [], id="Aurora"),
        pytest.param(gp2(allocated_bytes=None), [], id="size unknown"),
    ],
)
def test_gp2_volume(where: Any, severities: list[Severity]) -> None:
    assert [f.severity for f in gp2_volume(None, where)] == severities


@pytest.mark.parametrize(
    ("gib", "moved", "command"),
    [
        pytest.param(200, None, {"StorageType": "gp3"}, id="small"),
        pytest.param(200, 100.0, {"StorageType": "gp3"}, id="small, within what gp3 moves"),
        pytest.param(
            200, 200.0, {"StorageType": "gp3", "AllocatedStorage": 400, "Iops": 12_000},
            id="small, moves more than gp3 does",
        ),
        pytest.param(
            1000, 300.0, {"StorageType": "gp3", "Iops": 12_000, "StorageThroughput": 500},
            id="striped",
        ),
        pytest.param(
            1000, 700.0, {"StorageType": "gp3", "Iops": 12_000, "StorageThroughput": 1000},
            id="striped, moves more than gp3 comes with",
        ),
        pytest.param(
            6000, 300.0, {"StorageType": "gp3", "Iops": 18_000, "StorageThroughput": 500},
            id="gp2 does more than gp3 comes with",
        ),
    ],
)  # fmt: skip
def test_nothing_becomes_slower(gib: int, moved: float | None, command: dict[str, Any]) -> None:
    each = None if moved is None else moved / 2 * MIB
    seen = minutes(read_bytes_per_second=each, write_bytes_per_second=each)
    (finding,) = gp2_volume(seen, gp2(gib))
    (statement,) = finding.remedy.statements
    sent = request(statement)
    assert sent == {
        "DBInstanceIdentifier": "orders-1", "ApplyImmediately": False, **command
    }  # fmt: skip


def test_the_arithmetic_is_told() -> None:
    (finding,) = gp2_volume(None, gp2(200))
    assert finding.evidence["gp2_baseline_operations_per_second"] == 600
    assert finding.evidence["gp3_baseline_operations_per_second"] == 3000
    assert "600 operations a second at all times; as gp3 it does 3,000" in finding.summary
    *_, back = commands_of(finding.remedy)
    assert request(back)["StorageType"] == "gp2"
