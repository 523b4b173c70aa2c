from __future__ import annotations

from typing import Any

import pytest

from rules.base import Severity
from rules.capacity.gp2_volume import gp2_volume
from tests.aws.commands import request
from tests.aws.rows import GIB, aurora, instance, minutes

DEV = (("environment", "dev"),)
MIB = 2**20


def gp2(gib: int = 200, **given: Any) -> Any:
    about = {"storage_type": "gp2", "iops": None, "storage_bytes_per_second": None}
    return instance(**{**about, "allocated_bytes": gib * GIB, **given})


@pytest.mark.parametrize(
    ("where", "burst", "severities"),
    [
        pytest.param(gp2(), None, [Severity.MEDIUM], id="in production"),
        pytest.param(gp2(tags=()), None, [Severity.LOW], id="nobody says what it is"),
        pytest.param(gp2(tags=DEV), 1.0, [Severity.INFO], id="not production"),
        pytest.param(gp2(), 0.29, [Severity.HIGH], id="credits run low"),
        pytest.param(gp2(), 0.0, [Severity.HIGH], id="no credits"),
        pytest.param(gp2(), 0.3, [Severity.MEDIUM], id="they do not"),
        pytest.param(gp2(tags=DEV), 0.29, [Severity.HIGH], id="slow wherever it is"),
        pytest.param(instance(), 0.1, [], id="gp3"),
        pytest.param(aurora(), None, [], id="Aurora"),
        pytest.param(gp2(allocated_bytes=None), None, [], id="size unknown"),
    ],
)
def test_gp2_volume(where: Any, burst: float | None, severities: list[Severity]) -> None:
    found = gp2_volume(minutes(burst_balance_ratio=burst), where)
    assert [f.severity for f in found] == severities


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
    assert finding.evidence["burst_balance_ratio"] is None
    assert "600 operations a second all the time; as gp3 it does 3,000" in finding.summary
    assert request(finding.remedy.rollback)["StorageType"] == "gp2"
