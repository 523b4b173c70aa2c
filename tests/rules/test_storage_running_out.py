from __future__ import annotations

from typing import Any

import pytest

from collectors.rds.instance import Instance
from collectors.rds.usage import UsedHour
from collectors.snapshot import Snapshot
from rules.base import Severity
from rules.capacity.storage_running_out import storage_running_out
from tests.aws.commands import request
from tests.aws.rows import GIB, aurora, hours, instance, minutes


def fixed(**given: Any) -> Snapshot[Instance]:
    """200 GiB that nothing grows."""
    return instance(**{"max_allocated_bytes": None, **given})


def falling(last: float, step: float, count: int = 15) -> list[float]:
    """GiB that end at `last` after so many steps."""
    return [(last + step * i) * GIB for i in range(count - 1, -1, -1)]


@pytest.mark.parametrize(
    ("where", "free", "severities"),
    [
        pytest.param(fixed(), 39.0, [Severity.MEDIUM], id="below a fifth"),
        pytest.param(fixed(), 40.0, [], id="just not"),
        pytest.param(fixed(), 19.0, [Severity.HIGH], id="below a tenth"),
        pytest.param(fixed(), 0.0, [Severity.CRITICAL], id="nothing, not yet said"),
        pytest.param(fixed(status="storage-full"), 0.0, [Severity.CRITICAL], id="full"),
        pytest.param(fixed(status="storage-full"), None, [Severity.CRITICAL], id="full and mute"),
        pytest.param(instance(), 39.0, [], id="autoscaling has room"),
        pytest.param(instance(), 9.0, [Severity.HIGH], id="it has not come"),
        pytest.param(
            instance(max_allocated_bytes=210 * GIB), 30.0, [Severity.MEDIUM], id="room to 210 only"
        ),
        pytest.param(
            instance(max_allocated_bytes=200 * GIB), 19.0, [Severity.HIGH], id="autoscaling is over"
        ),
        pytest.param(fixed(), None, [], id="unknown"),
        pytest.param(aurora(), 1.0, [], id="Aurora's grows by itself"),
        pytest.param(aurora(status="storage-full"), None, [], id="no size"),
    ],
)
def test_what_is_left(
    where: Snapshot[Instance], free: float | None, severities: list[Severity]
) -> None:
    seen = minutes(free_storage_bytes=None if free is None else free * GIB)
    assert [f.severity for f in storage_running_out(seen, where, None)] == severities


HALF_A_DAY_AGO = hours(24, free_storage_min_bytes=falling(46, 2, 24))


@pytest.mark.parametrize(
    ("where", "free", "usage", "seconds"),
    [
        pytest.param(fixed(), falling(60, 1), None, 3600, id="by the minutes"),
        pytest.param(
            fixed(allocated_bytes=100 * GIB), falling(60, 1), None, None, id="a burst at half empty"
        ),
        pytest.param(fixed(), falling(44, 2, 15)[::-1], None, None, id="it becomes more"),
        pytest.param(fixed(), 44.0 * GIB, HALF_A_DAY_AGO, 22 * 3600, id="by the hours"),
        pytest.param(fixed(), falling(60, 1), HALF_A_DAY_AGO, 3600, id="the worse of both"),
        pytest.param(
            fixed(), 100.0 * GIB, hours(168, free_storage_min_bytes=falling(101, 0.5, 168)), None,
            id="in eight days",
        ),
        pytest.param(instance(), falling(60, 1), None, None, id="autoscaling has room for hours"),
        pytest.param(
            instance(max_allocated_bytes=260 * GIB), falling(60, 1), None, 7200, id="for two"
        ),
    ],
)  # fmt: skip
def test_when_it_is_full(
    where: Snapshot[Instance], free: Any, usage: Snapshot[UsedHour] | None, seconds: float | None
) -> None:
    found = storage_running_out(minutes(free_storage_bytes=free), where, usage)
    assert [f.severity for f in found] == ([] if seconds is None else [Severity.CRITICAL])
    for finding in found:
        assert finding.evidence["full_in_seconds"] == pytest.approx(seconds, rel=0.1)


def command(where: Snapshot[Instance], free: float) -> dict[str, Any]:
    (finding,) = storage_running_out(minutes(free_storage_bytes=free * GIB), where, None)
    (statement,) = finding.remedy.statements
    return request(statement)


def test_the_volume_is_made_bigger_at_once() -> None:
    assert command(fixed(), 19.0) == {
        "DBInstanceIdentifier": "orders-1",
        "AllocatedStorage": 260,
        "ApplyImmediately": True,
    }


def test_where_autoscaling_ends_its_maximum_is_raised() -> None:
    where = instance(max_allocated_bytes=220 * GIB)
    assert command(where, 15.0)["MaxAllocatedStorage"] == 280
    (finding,) = storage_running_out(minutes(free_storage_bytes=15.0 * GIB), where, None)
    assert "autoscaling may grow it to (16 % left)" in finding.summary


def test_where_autoscaling_is_late_both_are() -> None:
    where = instance(max_allocated_bytes=250 * GIB)
    assert command(where, 5.0)["AllocatedStorage"] == 280
    assert command(where, 5.0)["MaxAllocatedStorage"] == 360
    (finding,) = storage_running_out(minutes(free_storage_bytes=5.0 * GIB), where, None)
    assert "autoscaling has not grown it" in finding.summary


def test_members_of_a_cluster_get_their_storage_by_it() -> None:
    found = command(fixed(cluster="orders", storage_type="io1", iops=3000), 19.0)
    assert found["DBClusterIdentifier"] == "orders"
    assert found["Iops"] == 3000


def test_no_volume_is_bigger_than_64_tib() -> None:
    where = fixed(allocated_bytes=65_536 * GIB)
    (finding,) = storage_running_out(minutes(free_storage_bytes=5.0 * GIB), where, None)
    assert finding.remedy.statements == ()
    assert "remove data" in finding.remedy.text
