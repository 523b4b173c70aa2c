from __future__ import annotations

from typing import Any

import pytest

from collectors.rds.instance import Instance
from collectors.snapshot import Snapshot
from rules.capacity.cpu_saturated import cpu_saturated
from tests.aws.rows import aurora, instance, minutes

CALM = [0.2] * 10
BUSY = [0.95] * 5


@pytest.mark.parametrize(
    ("cpu", "where", "found"),
    [
        pytest.param([*CALM, *BUSY], instance(), 1, id="five minutes"),
        pytest.param([*CALM, *BUSY], aurora(), 1, id="on Aurora"),
        pytest.param([*CALM, 0.9, *BUSY[1:]], instance(), 0, id="one of them just not"),
        pytest.param([*BUSY, *CALM], instance(), 0, id="ten minutes ago"),
        pytest.param([*[None] * 11, *BUSY[1:]], instance(), 0, id="four are known"),
        pytest.param(None, instance(), 0, id="nothing is known"),
        pytest.param(
            [*CALM, *BUSY], aurora(instance_class="db.serverless"), 0, id="told by another rule"
        ),
    ],
)
def test_cpu_saturated(cpu: Any, where: Snapshot[Instance], found: int) -> None:
    assert len(cpu_saturated(minutes(cpu_ratio=cpu), where)) == found


def test_what_it_says() -> None:
    seen = minutes(cpu_ratio=[*CALM, 0.92, 0.94, 0.96, 0.98, 1.0], load_cpu_sessions=5.0)
    (finding,) = cpu_saturated(seen, instance())
    assert finding.subject.name == "orders-1"
    assert finding.evidence["cpu_ratio"] == pytest.approx(0.96)
    assert finding.evidence["cpu_min_ratio"] == 0.92
    assert finding.evidence["load_cpu_sessions"] == 5.0
    assert "96 % of its 2 CPUs" in finding.summary
