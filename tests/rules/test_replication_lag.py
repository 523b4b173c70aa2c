from __future__ import annotations

import pytest

from collectors.snapshots.replication import Replica
from collectors.snapshots.settings import Setting
from rules.base import Severity
from rules.replication.replication_lag import replication_lag
from tests.make import make, server, snapshot

GIB = float(1 << 30)


def replica(seconds: float | None, lag_bytes: float | None = 1e6, **given: object) -> Replica:
    about = {"replica": "standby1", "kind": "physical", "state": "streaming", **given}
    return make(Replica, replay_lag_seconds=seconds, replay_lag_bytes=lag_bytes, **about)


@pytest.mark.parametrize(
    ("row", "severities"),
    [
        pytest.param(replica(31), [None], id="half a minute"),
        pytest.param(replica(30), [], id="just not"),
        pytest.param(replica(301), [Severity.HIGH], id="five minutes"),
        pytest.param(replica(900, 0), [], id="nothing to replay on an idle primary"),
        pytest.param(replica(900, None), [Severity.HIGH], id="bytes are not known"),
        pytest.param(replica(None, GIB + 1), [None], id="a gigabyte"),
        pytest.param(replica(None, GIB), [], id="not quite a gigabyte"),
        pytest.param(replica(None, None), [], id="nothing is known"),
        pytest.param(replica(None, 9 * GIB, replica="pg_receivewal"), [], id="a copier"),
    ],
)
def test_replication_lag(row: Replica, severities: list[Severity | None]) -> None:
    assert [f.severity for f in replication_lag(snapshot(row), None, server())] == severities


@pytest.mark.parametrize(
    ("sent", "flush", "stage"),
    [
        pytest.param(8e5, 1e5, "sent", id="network"),
        pytest.param(1e5, 8e5, "flush", id="disk"),
        pytest.param(None, None, "replay", id="replay"),
    ],
)
def test_stage(sent: float | None, flush: float | None, stage: str) -> None:
    row = replica(60, sent_lag_bytes=sent, flush_lag_bytes=flush)
    (finding,) = replication_lag(snapshot(row), None, server())
    assert finding.evidence["stage"] == stage


def test_a_delay_on_purpose_is_no_lag() -> None:
    delay = snapshot(make(Setting, setting="recovery_min_apply_delay", number=3600.0))
    rows = snapshot(replica(3600, 9 * GIB, kind="receiver"))
    assert replication_lag(rows, delay, server()) == []
    assert len(replication_lag(rows, snapshot(make(Setting)), server())) == 1


def test_a_replica_without_its_source() -> None:
    lost = replica(None, 0, kind="receiver", state="disconnected", replica="db1")
    (finding,) = replication_lag(snapshot(lost), None, server(is_replica=True))
    assert finding.severity == Severity.HIGH
    assert "not connected to its source db1" in finding.summary


def test_a_replica_that_reads_an_archive_has_no_source() -> None:
    fed = replica(None, 0, kind="receiver", state="disconnected", replica="upstream")
    assert replication_lag(snapshot(fed), None, server(is_replica=True)) == []
