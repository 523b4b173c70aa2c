from __future__ import annotations

import pytest

from collectors.mysql.cluster_members import ClusterMember
from rules.replication.cluster_flow_control import cluster_flow_control
from tests.make import activity, make, snapshot


def galera(paused: float | None) -> ClusterMember:
    return make(ClusterMember, member="db1", kind="galera", flow_control_seconds=paused)


def group(queue: int | None) -> ClusterMember:
    return make(ClusterMember, member="db2", kind="group replication", queue=queue)


def test_galera_was_paused() -> None:
    row = galera(11.0)
    (finding,) = cluster_flow_control(snapshot(row), activity(row, seconds=100.0))
    assert "for 11 % of the time" in finding.summary
    assert finding.impact.value == pytest.approx(396)


def test_a_group_member_has_a_long_queue() -> None:
    (finding,) = cluster_flow_control(snapshot(group(25_001)), None)
    assert finding.subject.name == "db2"


@pytest.mark.parametrize(
    ("row", "seconds"),
    [
        pytest.param(galera(10.0), 100.0, id="a tenth, just tolerated"),
        pytest.param(galera(None), 100.0, id="not told"),
        pytest.param(galera(50.0), 0.0, id="first look"),
        pytest.param(group(25_000), 100.0, id="a queue, just tolerated"),
        pytest.param(group(None), 100.0, id="no queue told"),
    ],
)
def test_quiet(row: ClusterMember, seconds: float) -> None:
    assert not cluster_flow_control(snapshot(row), activity(row, seconds=seconds))
