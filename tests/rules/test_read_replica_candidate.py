from __future__ import annotations

from typing import Any

import pytest

from collectors.rds.usage import UsedHour
from collectors.snapshot import Snapshot
from rules.base import Severity
from rules.capacity.read_replica_candidate import read_replica_candidate
from tests.aws.rows import aurora, cluster, hours, instance, member

WEEK = 168


def used(**given: Any) -> Snapshot[UsedHour]:
    """A week of a busy instance that mostly reads."""
    about = {
        "cpu_ratio": 0.75, "read_operations_per_second": 700.0,
        "write_operations_per_second": 300.0, **given,
    }  # fmt: skip
    return hours(WEEK, **about)


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param(used(), id="by CPU"),
        pytest.param(used(cpu_ratio=0.3, load_sessions=1.5), id="by load"),
    ],
)
def test_no_replica_yet(seen: Snapshot[UsedHour]) -> None:
    (finding,) = read_replica_candidate(instance(), seen, None)
    assert finding.severity is None
    (command,) = finding.remedy.statements
    assert "create-db-instance-read-replica --db-instance-identifier orders-1-reader" in command
    assert "--source-db-instance-identifier orders-1 " in command


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param(used(cpu_ratio=0.7), id="just not busy"),
        pytest.param(used(read_operations_per_second=699.0), id="writes too many"),
        pytest.param(
            used(read_operations_per_second=99.0, write_operations_per_second=0.0),
            id="hardly reads",
        ),
        pytest.param(used(cpu_ratio=None, load_sessions=9.0), id="CPU is not known"),
        pytest.param(used(write_operations_per_second=None), id="writes are not known"),
        pytest.param(used(cpu_ratio=[None] * 9 + [0.9] * 159), id="too many holes"),
    ],
)
def test_quiet(seen: Snapshot[UsedHour]) -> None:
    assert not read_replica_candidate(instance(), seen, None)


def test_a_cluster_of_one_gets_a_reader() -> None:
    of = cluster(member("shop-1", writer=True))
    (finding,) = read_replica_candidate(aurora(), used(), of)
    assert finding.severity is None
    assert "--db-cluster-identifier shop --engine aurora-postgresql" in finding.remedy.statements[0]


@pytest.mark.parametrize(
    ("found", "of", "names"),
    [
        pytest.param(aurora(), cluster(), "shop-2", id="a reader"),
        pytest.param(instance(replicas=("orders-2", "x")), None, "orders-2, x", id="replicas"),
    ],
)
def test_those_that_are_there_are_named(found: Any, of: Any, names: str) -> None:
    (finding,) = read_replica_candidate(found, used(), of)
    assert finding.severity is Severity.LOW
    assert finding.evidence["readers"] == names
    assert names in finding.summary
    assert finding.remedy.statements == ()


def test_who_is_in_the_cluster_must_be_known() -> None:
    assert not read_replica_candidate(aurora(), used(), None)


@pytest.mark.parametrize(
    ("role", "most", "fires"),
    [
        pytest.param("reader", 3.0, True, id="nobody reads there"),
        pytest.param("replica", 0.0, True, id="nor from the replica"),
        pytest.param("reader", [0.0] * 167 + [4.0], False, id="somebody did, for an hour"),
        pytest.param("reader", None, False, id="not known"),
        pytest.param("reader", [None] * 9 + [0.0] * 159, False, id="too many holes"),
    ],
)
def test_a_reader_that_nobody_uses(role: str, most: Any, fires: bool) -> None:
    found = read_replica_candidate(aurora(role=role), used(connections_max=most), None)
    assert [f.severity for f in found] == [Severity.INFO] * fires
