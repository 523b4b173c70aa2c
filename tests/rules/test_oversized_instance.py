from __future__ import annotations

from typing import Any

import pytest

from collectors.rds.usage import UsedHour
from collectors.snapshot import Snapshot
from rules.base import Severity
from rules.cost.oversized_instance import oversized_instance
from tests.aws.rows import GIB, aurora, hours, instance

BIG = "db.r7g.xlarge"  # 4 CPUs, 32 GiB


def used(count: int = 336, **given: Any) -> Snapshot[UsedHour]:
    """Two weeks of an instance that hardly works."""
    about = {
        "cpu_ratio": 0.1, "cpu_max_ratio": 0.3, "load_sessions": 0.5,
        "freeable_memory_min_bytes": 20.0 * GIB, "operations_max_per_second": 900.0, **given,
    }  # fmt: skip
    return hours(count, **about)


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param(used(), id="for two weeks"),
        pytest.param(used(168), id="for one"),
        pytest.param(used(cpu_ratio=[0.1] * 320 + [0.9] * 16), id="but for an hour of twenty"),
        pytest.param(used(load_sessions=None), id="no load at all, though insights are on"),
    ],
)
def test_fires(seen: Snapshot[UsedHour]) -> None:
    (finding,) = oversized_instance(instance(instance_class=BIG), seen)
    assert finding.severity is None
    assert "--db-instance-class db.r7g.large" in finding.remedy.statements[1]
    assert "--db-instance-class db.r7g.xlarge" in finding.remedy.rollback
    assert "900 operations a second" in finding.remedy.risk


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param(used(167), id="less than a week"),
        pytest.param(used(cpu_ratio=[0.1] * 319 + [0.9] * 17), id="busy hours"),
        pytest.param(used(cpu_ratio=0.2), id="just not"),
        pytest.param(used(load_sessions=0.8), id="sessions enough"),
        pytest.param(used(freeable_memory_min_bytes=16.0 * GIB), id="half of the memory is used"),
        pytest.param(
            used(freeable_memory_min_bytes=[20.0 * GIB] * 335 + [2.0 * GIB]), id="all of it once"
        ),
        pytest.param(used(freeable_memory_min_bytes=None), id="memory is not known"),
        pytest.param(used(cpu_max_ratio=None), id="peaks are not known"),
        pytest.param(hours(), id="nothing is known"),
    ],
)
def test_quiet(seen: Snapshot[UsedHour]) -> None:
    assert not oversized_instance(instance(instance_class=BIG), seen)


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(instance(instance_class="db.r7g.large"), id="the smallest of its family"),
        pytest.param(instance(instance_class="db.t4g.2xlarge"), id="burstable"),
        pytest.param(aurora(instance_class="db.serverless"), id="serverless"),
        pytest.param(aurora(instance_class=BIG, role="reader"), id="a reader that may take over"),
        pytest.param(instance(instance_class=BIG, insights=False), id="load is not known"),
        pytest.param(
            instance(instance_class=BIG, pending_changes=("DBInstanceClass",)), id="a change waits"
        ),
    ],
)
def test_left_out(found: Any) -> None:
    assert not oversized_instance(found, used())


def test_a_reader_of_a_high_tier_is_told() -> None:
    reader = aurora(instance_class=BIG, role="reader", promotion_tier=15)
    assert oversized_instance(reader, used())


@pytest.mark.parametrize(
    ("peak", "severity"),
    [
        pytest.param(0.6, Severity.INFO, id="a minute needs more than half"),
        pytest.param(0.59, None, id="the smaller one would do"),
    ],
)
def test_peaks_are_told(peak: float, severity: Severity | None) -> None:
    seen = used(cpu_max_ratio=[0.2] * 100 + [peak] + [0.2] * 235)
    (finding,) = oversized_instance(instance(instance_class=BIG), seen)
    assert finding.severity is severity
    assert bool(finding.remedy.statements) is (severity is None)
