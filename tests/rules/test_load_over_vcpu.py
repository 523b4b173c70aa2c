from __future__ import annotations

from typing import Any

import pytest

from collectors.rds.instance import Instance
from collectors.rds.load import DatabaseLoad
from collectors.snapshot import Snapshot
from collectors.snapshots.statements import LOST
from rules.base import Confidence, Gain, Severity
from rules.capacity.load_over_vcpu import load_over_vcpu
from tests.aws.commands import request
from tests.aws.rows import instance, minutes
from tests.make import snapshot
from tests.rules.insights import load, top


def serverless(**given: Any) -> Snapshot[Instance]:
    return instance(instance_class="db.serverless", vcpus=None, **given)


@pytest.mark.parametrize(
    ("seen", "where", "severities"),
    [
        pytest.param(load(active=2.1), instance(), [Severity.HIGH], id="more than its two CPUs"),
        pytest.param(load(active=2.0), instance(), [Severity.MEDIUM], id="as many as CPUs"),
        pytest.param(load(active=1.45), instance(), [Severity.MEDIUM], id="near"),
        pytest.param(load(active=1.4), instance(), [], id="just not"),
        pytest.param(load(active=5.0), instance(vcpus=8), [], id="it has eight"),
        pytest.param(load(active=1.0), instance(vcpus=1), [], id="a single session"),
        pytest.param(load(active=9.0, minutes=4), instance(), [], id="four minutes"),
        pytest.param(load(active=9.0), instance(vcpus=None), [], id="CPUs are not known"),
        pytest.param(snapshot(), instance(), [], id="nothing is known"),
        pytest.param(
            snapshot(DatabaseLoad("wait", "CPU", "", 9.0, ())), instance(), [], id="no total"
        ),
    ],
)
def test_load_over_vcpu(
    seen: Snapshot[DatabaseLoad], where: Snapshot[Instance], severities: list[Severity]
) -> None:
    found = load_over_vcpu(seen, where, None, None)
    assert [f.severity for f in found] == severities


@pytest.mark.parametrize(
    ("about", "severities"),
    [
        pytest.param({"acu": 8.0, "acu_ratio": 1.0}, [Severity.HIGH], id="eight units, at most"),
        pytest.param({"acu": 16.0, "acu_ratio": 1.0}, [Severity.MEDIUM], id="sixteen"),
        pytest.param({"acu": 8.0, "acu_ratio": 0.85}, [], id="it can grow"),
        pytest.param({"acu": 8.0}, [], id="whether it can grow is not known"),
        pytest.param({"acu_ratio": 1.0}, [], id="its size is not known"),
        pytest.param({"acu": 0.0, "acu_ratio": 1.0}, [], id="paused"),
    ],
)
def test_serverless(about: dict[str, Any], severities: list[Severity]) -> None:
    found = load_over_vcpu(load(active=3.0), serverless(), minutes(**about), None)
    assert [f.severity for f in found] == severities
    assert all(f.confidence is Confidence.HEURISTIC for f in found)


def test_serverless_without_cloudwatch_is_not_judged() -> None:
    assert load_over_vcpu(load(active=30.0), serverless(), None, None) == []


def test_on_cpu() -> None:
    seen = load(("IO:DataFileRead", 1.0), active=4.0)
    statements = top(("d1", "CPU", 60.0), ("d1", "IO:DataFileRead", 15.0), ("d2", "CPU", 25.0))
    (finding,) = load_over_vcpu(seen, instance(), None, statements)
    assert (finding.subject.kind, finding.subject.name) == ("instance", "orders-1")
    assert finding.summary == (
        "More sessions are active than orders-1 has CPUs: 4 on average for 2, 3 of them on CPU, "
        "most of the others waiting for IO:DataFileRead (1); statement d1 makes 75 % of the load."
    )
    assert finding.evidence == {
        "active_sessions": 4.0,
        "cpus": 2,
        "sessions_per_cpu": 2.0,
        "cpu_sessions": 3.0,
        "waiting_sessions": 1.0,
        "top_wait": "IO:DataFileRead",
        "top_wait_sessions": 1.0,
        "seen_minutes": 15,
        "digest": "d1",
        "digest_share_ratio": 0.75,
        "query": "SELECT 1",
    }
    assert (finding.impact.gain, finding.impact.value) == (Gain.TIME, 7200)
    assert finding.remedy.text.startswith("Speed up the statements")
    (command,) = finding.remedy.statements
    assert request(command)["Identifier"] == "db-ORDERS1"
    assert request(command)["GroupBy"] == {"Group": "db.sql_tokenized", "Limit": 10}


@pytest.mark.parametrize(
    ("wait", "advice"),
    [
        ("Lock:tuple", "shorten those transactions"),
        ("IO:DataFileRead", "read less"),
        ("Commit:aurora_redo_log_flush", "fewer commits"),
        ("Client:ClientRead", "fetch fewer rows"),
        ("LWLock:BufferMapping", "Look at the statements"),
    ],
)
def test_more_cpus_do_not_help_who_waits(wait: str, advice: str) -> None:
    (finding,) = load_over_vcpu(load((wait, 3.0), active=4.0), instance(), None, None)
    assert finding.remedy.text.startswith("More CPUs would not help")
    assert wait in finding.remedy.text
    assert advice in finding.remedy.text


def test_waits_may_not_be_told() -> None:
    (whole, *_) = load(active=4.0).rows
    (finding,) = load_over_vcpu(snapshot(whole), instance(), None, top((LOST, "CPU", 9.0)))
    assert finding.summary.endswith("4 on average for 2.")
    assert finding.evidence["cpu_sessions"] is finding.evidence["waiting_sessions"] is None
    assert finding.evidence["digest"] is None


def test_near_the_cpus_nothing_is_gained() -> None:
    (finding,) = load_over_vcpu(load(active=1.8), instance(), None, None)
    assert finding.summary.startswith("Nearly as many sessions are active as orders-1 has CPUs")
    assert finding.impact.value == 0


def test_near_the_cpus_and_full_is_told_by_cpu_saturated() -> None:
    full = minutes(cpu_ratio=0.95)
    assert not load_over_vcpu(load(active=1.8), instance(), full, None)
    assert load_over_vcpu(load(active=1.8), instance(), minutes(cpu_ratio=0.9), None)
