from __future__ import annotations

from typing import Any

import pytest

from collectors.rds.instance import Instance
from collectors.rds.load import DatabaseLoad
from collectors.snapshot import Snapshot
from rules.capacity.cpu_saturated import cpu_saturated
from rules.capacity.load_over_vcpu import load_over_vcpu
from tests.aws.commands import request
from tests.aws.rows import aurora, instance, minutes
from tests.rules.insights import load

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
    assert len(cpu_saturated(minutes(cpu_ratio=cpu), where, None)) == found


def test_what_it_says() -> None:
    seen = minutes(cpu_ratio=[*CALM, 0.92, 0.94, 0.96, 0.98, 1.0], load_cpu_sessions=5.0)
    (finding,) = cpu_saturated(seen, instance(), None)
    assert finding.subject.name == "orders-1"
    assert finding.evidence["cpu_ratio"] == pytest.approx(0.96)
    assert finding.evidence["cpu_min_ratio"] == 0.92
    assert finding.evidence["load_cpu_sessions"] == 5.0
    assert "96 % of its 2 CPUs" in finding.summary
    assert "move to db.r7g.xlarge" in finding.remedy.text
    assert request(finding.remedy.statements[-1])["DBInstanceClass"] == "db.r7g.xlarge"


def test_the_biggest_has_no_command() -> None:
    (finding,) = cpu_saturated(
        minutes(cpu_ratio=0.95), instance(instance_class="db.r7g.16xlarge"), None
    )
    assert finding.remedy.statements == ()


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        pytest.param(load(active=2.1), 0, id="by load-over-vcpu: they queue for the CPUs"),
        pytest.param(load(active=2.0), 1, id="as many as CPUs"),
        pytest.param(load(("Lock:tuple", 2.0), active=3.0), 1, id="most wait for locks"),
        pytest.param(load(active=9.0, minutes=4), 1, id="four minutes of load"),
    ],
)
def test_a_queue_that_insights_sees_is_told_once(seen: Snapshot[DatabaseLoad], told: int) -> None:
    busy = minutes(cpu_ratio=0.95)
    assert len(cpu_saturated(busy, instance(), seen)) == told
    queued = load_over_vcpu(seen, instance(), busy, None)
    lock_or_short = told and queued and "Lock" in queued[0].summary
    assert lock_or_short or len(queued) == 1 - told
