from __future__ import annotations

import pytest

from collectors.snapshots.sessions import SessionLoad
from rules.base import Confidence, Severity
from rules.sessions.oversubscribed_cpu import oversubscribed_cpu
from tests.make import server, snapshot
from tests.rules import insights
from tests.rules.loads import load
from tests.rules.mysql_servers import mysql


@pytest.mark.parametrize(
    ("seen", "cpus", "severities"),
    [
        pytest.param(load(active=8.1), 4, [None], id="twice the CPUs"),
        pytest.param(load(active=8.0), 4, [], id="just not"),
        pytest.param(load(active=17.0), 4, [Severity.HIGH], id="four times"),
        pytest.param(load(active=17.0, seconds=10), 4, [None], id="four times, for a moment"),
        pytest.param(load(("Lock:tuple", 9.0), active=10.0), 4, [], id="they wait for locks"),
        pytest.param(load(active=90.0), None, [], id="CPUs are not known"),
        pytest.param(load(active=90.0, samples=3), 4, [], id="three samples"),
    ],
)
def test_oversubscribed_cpu(
    seen: SessionLoad, cpus: int | None, severities: list[Severity | None]
) -> None:
    found = oversubscribed_cpu(seen, server(cpus=cpus))
    assert [f.severity for f in found] == severities


def test_gain_is_the_time_in_the_queue() -> None:
    (finding,) = oversubscribed_cpu(load(active=12.0), server(cpus=4))
    assert finding.impact.value == 8 * 3600


def test_mysql_does_not_tell_disk_reads_from_work() -> None:
    (told,) = oversubscribed_cpu(load(active=12.0), mysql(cpus=4))
    assert told.confidence == Confidence.HEURISTIC
    assert "read from disk" in told.summary


def test_where_performance_insights_tells_the_load_another_rule_judges_it() -> None:
    seen = load(active=17.0)
    assert oversubscribed_cpu(seen, server(cpus=4), insights.load(active=17.0)) == []
    assert len(oversubscribed_cpu(seen, server(cpus=4), snapshot())) == 1
    assert "rds" not in oversubscribed_cpu.engines
