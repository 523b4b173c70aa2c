from __future__ import annotations

from typing import Any

import pytest

from collectors.rds.classes import ClassSize
from collectors.rds.instance import Instance
from collectors.snapshot import Snapshot
from rules.capacity.io_saturated import io_saturated
from tests.aws.commands import request
from tests.aws.rows import GIB, aurora, instance, minutes

MIB = 2**20
# 85 % of the 3,000 operations a second of the gp3 volume, and operations that wait.
FULL: dict[str, Any] = {
    "read_operations_per_second": 2000.0,
    "write_operations_per_second": 550.0,
    "queue_depth": 3.5,
}


@pytest.mark.parametrize(
    ("where", "seen", "found"),
    [
        pytest.param(instance(), {}, 1, id="full, and a queue"),
        pytest.param(instance(), {"write_operations_per_second": 549.0}, 0, id="just not"),
        pytest.param(instance(), {"queue_depth": 2.9}, 0, id="nothing waits"),
        pytest.param(
            instance(), {"queue_depth": 0.0, "read_latency_p90_seconds": 0.021}, 1, id="slow reads"
        ),
        pytest.param(
            instance(), {"queue_depth": None, "write_latency_p90_seconds": 0.02}, 0, id="fast"
        ),
        pytest.param(instance(), {"queue_depth": None}, 0, id="waits unknown"),
        pytest.param(
            instance(), {"read_operations_per_second": [2000.0] * 14 + [900.0]}, 0,
            id="over since a minute",
        ),
        pytest.param(
            instance(), {"read_operations_per_second": [None] * 6 + [2000.0] * 9}, 0,
            id="nine minutes known",
        ),
        pytest.param(instance(), {"write_operations_per_second": None}, 0, id="writes unknown"),
        pytest.param(instance(iops=12_000), {}, 0, id="more provisioned"),
        pytest.param(aurora(), {}, 0, id="Aurora"),
        pytest.param(
            aurora(size=ClassSize(2, 16 * GIB, 1000, 2000)), {}, 0, id="Aurora needs no EBS"
        ),
        pytest.param(
            instance(storage_type="standard", iops=None), {}, 0, id="no limit is known"
        ),
    ],
)  # fmt: skip
def test_io_saturated(where: Snapshot[Instance], seen: dict[str, Any], found: int) -> None:
    assert len(io_saturated(minutes(**{**FULL, **seen}), where)) == found


@pytest.mark.parametrize(
    ("given", "seen", "command"),
    [
        pytest.param(
            {}, {}, {"AllocatedStorage": 400, "Iops": 12_000},
            id="gp3 below 400 GiB takes no more",
        ),
        pytest.param(
            {"allocated_bytes": 500 * GIB, "iops": 12_000},
            {"read_operations_per_second": 11_000.0, "queue_depth": 20.0},
            {"AllocatedStorage": 500, "Iops": 18_000,
             "StorageThroughput": 500},
            id="gp3 that does",
        ),
        pytest.param(
            {"allocated_bytes": 500 * GIB, "iops": 12_000, "storage_bytes_per_second": 500.0 * MIB},
            {"read_bytes_per_second": 490.0 * MIB, "write_bytes_per_second": 5.0 * MIB,
             "queue_depth": 20.0},
            {"AllocatedStorage": 500, "Iops": 12_000,
             "StorageThroughput": 750},
            id="its throughput",
        ),
        pytest.param(
            {"storage_type": "gp2", "iops": None}, {"burst_balance_ratio": 0.0},
            {"StorageType": "gp3"}, id="gp2 without credits",
        ),
        pytest.param(
            {"storage_type": "gp2", "iops": None}, {"burst_balance_ratio": 0.9},
            {"StorageType": "gp3", "AllocatedStorage": 400, "Iops": 12_000},
            id="gp2 at full burst",
        ),
        pytest.param(
            {"storage_type": "io1", "iops": 3000}, {},
            {"AllocatedStorage": 200, "Iops": 5000}, id="io1",
        ),
    ],
)  # fmt: skip
def test_what_is_used_up_is_given_more(
    given: dict[str, Any], seen: dict[str, Any], command: dict[str, Any]
) -> None:
    (finding,) = io_saturated(minutes(**{**FULL, **seen}), instance(**given))
    (statement,) = finding.remedy.statements
    sent = request(statement)
    assert sent == {
        "DBInstanceIdentifier": "orders-1", "ApplyImmediately": True, **command
    }  # fmt: skip


def test_the_way_back() -> None:
    where = instance(allocated_bytes=500 * GIB, iops=3000)
    (finding,) = io_saturated(minutes(**FULL), where)
    told, _, command = finding.remedy.rollback.partition(": ")
    assert told == "After six hours"
    assert request(command)["Iops"] == 3000
    assert request(command)["StorageThroughput"] == 125


def test_the_class_may_be_the_limit() -> None:
    where = instance(size=ClassSize(2, 16 * GIB, 1000, 2600))
    (finding,) = io_saturated(minutes(**FULL), where)
    assert finding.evidence["limited_by"] == "class"
    assert finding.evidence["used_ratio"] == pytest.approx(2550 / 2600)
    assert "98 % of what its class db.r7g.large can do" in finding.summary
    assert request(finding.remedy.statements[-1])["DBInstanceClass"] == "db.r7g.xlarge"


def test_what_it_says() -> None:
    (finding,) = io_saturated(minutes(**FULL), instance())
    assert finding.evidence["limit_per_second"] == 3000
    assert finding.evidence["queue_depth"] == 3.5
    assert "2,550 operations a second, 85 % of what its gp3 volume can do" in finding.summary
    assert "None possible" in finding.remedy.rollback
