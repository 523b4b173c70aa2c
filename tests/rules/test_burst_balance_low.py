from __future__ import annotations

from typing import Any

import pytest

from collectors.rds.classes import ClassSize
from collectors.rds.instance import Instance
from collectors.snapshot import Snapshot
from rules.base import Severity
from rules.capacity.burst_balance_low import burst_balance_low
from rules.capacity.io_saturated import io_saturated
from rules.capacity.slow_io import slow_io
from tests.aws.commands import commands_of, request
from tests.aws.rows import GIB, aurora, instance, minutes


def gp2(gib: int = 200) -> Snapshot[Instance]:
    return instance(
        storage_type="gp2", iops=None, storage_bytes_per_second=None, allocated_bytes=gib * GIB
    )


def falling(last: float, step: float = 0.01) -> list[float]:
    return [last + step * i for i in range(14, -1, -1)]


@pytest.mark.parametrize(
    ("where", "seen", "severities"),
    [
        pytest.param(gp2(), {"burst_balance_ratio": 0.09}, [Severity.HIGH], id="the volume's"),
        pytest.param(gp2(), {"burst_balance_ratio": 0.0}, [Severity.CRITICAL], id="spent"),
        pytest.param(instance(), {"ebs_io_balance_ratio": 0.05}, [Severity.HIGH], id="operations"),
        pytest.param(instance(), {"ebs_byte_balance_ratio": 0.05}, [Severity.HIGH],
                     id="throughput"),
        pytest.param(gp2(), {"burst_balance_ratio": falling(0.2)}, [Severity.MEDIUM],
                     id="low and falling"),
        pytest.param(gp2(), {"burst_balance_ratio": falling(0.2, -0.001)}, [], id="low and rising"),
        pytest.param(gp2(), {"burst_balance_ratio": 0.2}, [], id="low and steady"),
        pytest.param(gp2(), {"burst_balance_ratio": falling(0.31)}, [], id="falling from enough"),
        pytest.param(gp2(), {"burst_balance_ratio": [0.3] * 12 + [0.1, 0.09, 0.09]}, [],
                     id="one of three minutes just not, and no line"),
        pytest.param(gp2(), {"burst_balance_ratio": [None] * 13 + [0.05, 0.05]}, [],
                     id="two minutes known"),
        pytest.param(gp2(), {}, [], id="nothing known"),
        pytest.param(aurora(), {"ebs_io_balance_ratio": 0.0}, [], id="Aurora"),
        pytest.param(instance(tags=()), {"ebs_io_balance_ratio": 0.05}, [Severity.HIGH],
                     id="slow wherever it is"),
    ],
)  # fmt: skip
def test_burst_balance_low(
    where: Snapshot[Instance], seen: dict[str, Any], severities: list[Severity]
) -> None:
    assert [f.severity for f in burst_balance_low(minutes(**seen), where)] == severities


def test_a_volume_becomes_gp3() -> None:
    (finding,) = burst_balance_low(minutes(burst_balance_ratio=falling(0.05)), gp2())
    assert finding.evidence["metric"] == "BurstBalance"
    assert finding.evidence["empty_in_seconds"] == pytest.approx(300)
    assert finding.summary == (
        "The gp2 volume of orders-1 has 7 % of its I/O credits left, and at this rate none in "
        "5 min; without them it does 600 operations a second."
    )
    change, *_, back = commands_of(finding.remedy)
    assert request(change)["StorageType"] == "gp3"
    assert request(change)["ApplyImmediately"] is True
    assert request(back)["StorageType"] == "gp2"


def test_a_class_becomes_bigger() -> None:
    seen = minutes(ebs_byte_balance_ratio=0.02, ebs_io_balance_ratio=0.05)
    size = ClassSize(2, 16 * GIB, 3_600, 20_000, 78_750_000, 1_250_000_000)
    (finding,) = burst_balance_low(seen, instance(size=size))
    assert finding.evidence["metric"] == "EBSByteBalance%"
    assert finding.evidence["left_ratio"] == 0.02
    assert finding.summary.endswith("without them it does 75.1 MB a second.")
    assert request(finding.remedy.statements[-1])["DBInstanceClass"] == "db.r7g.xlarge"


def test_the_biggest_class_has_no_command() -> None:
    big = instance(instance_class="db.r7g.16xlarge")
    (finding,) = burst_balance_low(minutes(ebs_io_balance_ratio=0.02), big)
    assert finding.remedy.statements == ()


def test_one_incident_is_told_once() -> None:
    slow: dict[str, Any] = {"read_latency_p90_seconds": 0.05, "read_operations_per_second": 300.0}
    low = minutes(**slow, write_operations_per_second=1.0, burst_balance_ratio=0.05)
    assert burst_balance_low(low, gp2())
    assert not slow_io(low, gp2())
    full: dict[str, Any] = {**slow, "read_operations_per_second": 599.0}
    waits = minutes(**full, write_operations_per_second=1.0, burst_balance_ratio=0.05)
    assert io_saturated(waits, gp2())
    assert not burst_balance_low(waits, gp2())
    assert not slow_io(waits, gp2())
