from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from collectors.rds.instance import Instance
from collectors.snapshot import Snapshot
from rules.capacity.memory_pressure import memory_pressure
from rules.upkeep.parameter_overridden import parameter_overridden
from tests.aws.commands import request
from tests.aws.rows import GIB, aurora, instance, minutes, parameters
from tests.make import snapshot

MIB = 2**20


def falling(last: float, step: float = 10 * MIB) -> list[float]:
    return [last + step * i for i in range(14, -1, -1)]


SWAPS = [MIB * i for i in range(15)]
LOW, LOWER = 1.5 * GIB, 0.7 * GIB  # of 16 GiB: 9.4 and 4.4 %


@pytest.mark.parametrize(
    ("where", "seen", "found"),
    [
        pytest.param(instance(), {"freeable_memory_bytes": falling(LOW - 140 * MIB)}, 1,
                     id="little and less"),
        pytest.param(instance(), {"freeable_memory_bytes": LOW, "swap_used_bytes": SWAPS}, 1,
                     id="little and swapped"),
        pytest.param(instance(), {"freeable_memory_bytes": LOW}, 0, id="little, by design"),
        pytest.param(instance(), {"freeable_memory_bytes": falling(LOW - 14 * MIB, MIB)}, 0,
                     id="hardly less"),
        pytest.param(instance(), {"freeable_memory_bytes": falling(1.7 * GIB)}, 0,
                     id="just enough"),
        pytest.param(instance(), {"freeable_memory_bytes": 8.0 * GIB, "swap_used_bytes": SWAPS}, 0,
                     id="swap while half is free"),
        pytest.param(instance(), {"freeable_memory_bytes": LOW, "swap_used_bytes": 5e9}, 0,
                     id="old swap"),
        pytest.param(aurora(), {"freeable_memory_bytes": LOWER}, 1, id="Aurora below 5 %"),
        pytest.param(aurora(), {"freeable_memory_bytes": falling(LOW - 140 * MIB)}, 0,
                     id="Aurora below 10 %"),
        pytest.param(aurora(), {"freeable_memory_bytes": LOWER, "memory_reserved": True}, 0,
                     id="told by memory-reserved"),
        pytest.param(aurora(instance_class="db.serverless"), {"freeable_memory_bytes": 1.0}, 0,
                     id="serverless"),
        pytest.param(instance(memory_bytes=None), {"freeable_memory_bytes": falling(LOWER)}, 0,
                     id="size unknown"),
        pytest.param(
            instance(), {"freeable_memory_bytes": [None] * 6 + falling(LOWER)[6:]}, 0,
            id="nine minutes known",
        ),
        pytest.param(instance(), {}, 0, id="nothing known"),
    ],
)  # fmt: skip
def test_memory_pressure(where: Snapshot[Instance], seen: dict[str, Any], found: int) -> None:
    assert len(memory_pressure(minutes(**seen), where, None)) == found


def test_what_it_says() -> None:
    seen = minutes(
        freeable_memory_bytes=falling(1.0 * GIB), swap_used_bytes=SWAPS, connections=90.0
    )
    (finding,) = memory_pressure(seen, instance(), None)
    assert finding.evidence["freeable_growth_bytes_per_hour"] == pytest.approx(-600 * MIB)
    assert finding.evidence["swap_growth_bytes_per_hour"] == pytest.approx(60 * MIB)
    assert finding.evidence["connections"] == 90
    assert "becomes less and is swapped out" in finding.summary
    assert "work_mem" in finding.remedy.text


def test_advice_is_for_the_engine() -> None:
    seen = minutes(freeable_memory_bytes=LOW, swap_used_bytes=SWAPS)
    (finding,) = memory_pressure(seen, instance(engine="mariadb"), None)
    assert "sort_buffer_size" in finding.remedy.text


def test_parameters_above_the_default_are_named_here_and_nowhere_else() -> None:
    seen = minutes(freeable_memory_bytes=LOW, swap_used_bytes=SWAPS)
    high, usual = parameters(work_mem="65536"), parameters(work_mem="4096")
    (finding,) = memory_pressure(seen, instance(), high)
    assert finding.summary.endswith("above AWS's default: work_mem (64.0 MB).")
    (command,) = finding.remedy.statements
    assert request(command)["Parameters"] == [
        {"ParameterName": "work_mem", "ApplyMethod": "immediate"}
    ]
    assert "ParameterValue=65536" in finding.remedy.rollback
    assert not parameter_overridden(high, instance(), seen, None)
    (finding,) = memory_pressure(seen, instance(), usual)
    assert finding.evidence["parameters_above_default"] is None
    assert finding.remedy.statements == ()


def test_a_static_parameter_needs_a_reboot() -> None:
    seen = minutes(freeable_memory_bytes=LOW, swap_used_bytes=SWAPS)
    (given,) = parameters(shared_buffers=str(8 * GIB // 8192)).rows
    (finding,) = memory_pressure(seen, instance(), snapshot(replace(given, static=True)))
    assert finding.remedy.statements[1].startswith("aws rds reboot-db-instance")
