from __future__ import annotations

from typing import Any

import pytest

from collectors.rds.classes import ClassSize
from collectors.rds.instance import Instance
from collectors.snapshot import Snapshot
from rules.capacity.slow_io import slow_io
from tests.aws.rows import GIB, aurora, instance, minutes

SLOW_READS: dict[str, Any] = {"read_latency_p90_seconds": 0.021, "read_operations_per_second": 60.0}
SLOW_WRITES: dict[str, Any] = {
    "write_latency_p90_seconds": 0.011,
    "write_operations_per_second": 60.0,
}


@pytest.mark.parametrize(
    ("where", "seen", "said"),
    [
        pytest.param(instance(), SLOW_READS, ["reads take 21 ms"], id="reads"),
        pytest.param(instance(), SLOW_WRITES, ["writes take 11 ms"], id="writes"),
        pytest.param(
            instance(), {**SLOW_READS, **SLOW_WRITES},
            ["reads take 21 ms and writes take 11 ms"], id="both",
        ),
        pytest.param(aurora(), SLOW_READS, ["reads take 21 ms"], id="Aurora"),
        pytest.param(
            instance(), {**SLOW_READS, "read_latency_p90_seconds": 0.02}, [], id="reads just not"
        ),
        pytest.param(
            instance(), {**SLOW_WRITES, "write_latency_p90_seconds": 0.01}, [], id="writes just not"
        ),
        pytest.param(
            instance(), {**SLOW_READS, "read_operations_per_second": 49.0}, [], id="hardly any"
        ),
        pytest.param(
            instance(), {**SLOW_READS, "read_operations_per_second": None}, [], id="rate unknown"
        ),
        pytest.param(
            instance(), {**SLOW_READS, "read_latency_p90_seconds": [0.03] * 14 + [0.01]}, [],
            id="over since a minute",
        ),
        pytest.param(
            instance(),
            {**SLOW_READS, "read_operations_per_second": 2900.0, "write_operations_per_second": 1.0,
             "queue_depth": 9.0},
            [], id="told by io-saturated",
        ),
        pytest.param(
            aurora(size=ClassSize(2, 16 * GIB, 60, 60)), {**SLOW_READS, **SLOW_WRITES},
            ["reads take 21 ms and writes take 11 ms"], id="Aurora does not use EBS",
        ),
        pytest.param(instance(), {}, [], id="nothing known"),
    ],
)  # fmt: skip
def test_slow_io(where: Snapshot[Instance], seen: dict[str, Any], said: list[str]) -> None:
    found = slow_io(minutes(**seen), where)
    assert [f.summary.split(": ")[1].partition(" or more")[0] for f in found] == said


def test_impact_is_the_time_of_all_operations() -> None:
    seen = minutes(**SLOW_READS, read_latency_seconds=0.01)
    (finding,) = slow_io(seen, instance())
    assert finding.impact.value == pytest.approx(60 * 0.01 * 3600)
    assert finding.evidence["read_latency_p90_seconds"] == 0.021
    assert finding.evidence["write_latency_p90_seconds"] is None


@pytest.mark.parametrize(
    ("where", "word"),
    [
        (instance(status="storage-optimization"), "Wait"),
        (aurora(), "class with more memory"),
        (instance(), "io2 where latency"),
    ],
)
def test_advice_fits(where: Snapshot[Instance], word: str) -> None:
    (finding,) = slow_io(minutes(**SLOW_READS), where)
    assert word in finding.remedy.text
