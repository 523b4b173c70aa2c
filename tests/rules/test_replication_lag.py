from __future__ import annotations

import pytest

from collectors.mysql.replication import Channel
from collectors.session import Server
from collectors.snapshots.replication import Replica
from collectors.snapshots.settings import Setting
from rules.base import Severity
from rules.replication.replication_lag import replication_lag
from tests.make import make, server, snapshot
from tests.rules.mysql_servers import mariadb, mysql
from tests.rules.mysql_settings import variables

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


def channel(seconds: float | None, **given: object) -> Channel:
    about = {"replica": "db1", "state": "streaming", "retrieved_gap": 5, "workers": 4, **given}
    return make(Channel, replay_lag_seconds=seconds, **about)


@pytest.mark.parametrize(
    ("row", "severities"),
    [
        pytest.param(channel(31), [None], id="half a minute"),
        pytest.param(channel(30), [], id="just not"),
        pytest.param(channel(301), [Severity.HIGH], id="five minutes"),
        pytest.param(channel(None), [], id="does not run: another rule tells"),
        pytest.param(channel(900, retrieved_gap=0), [], id="nothing left to apply"),
        pytest.param(channel(900, retrieved_gap=None), [Severity.HIGH], id="without GTID"),
        pytest.param(channel(3630, delay_seconds=3600), [], id="delayed on purpose"),
        pytest.param(channel(3631, delay_seconds=3600), [None], id="beyond the delay"),
    ],
)
def test_lag_of_a_channel(row: Channel, severities: list[Severity | None]) -> None:
    assert [f.severity for f in replication_lag(snapshot(row), None, mysql())] == severities


@pytest.mark.parametrize(
    ("where", "name", "before"),
    [
        pytest.param(mysql(cpus=8), "replica_parallel_workers", 0, id="MySQL"),
        pytest.param(mysql(5, 7, 44, cpus=8), "slave_parallel_workers", 0, id="MySQL 5.7"),
        pytest.param(mariadb(cpus=8), "slave_parallel_threads", 0, id="MariaDB"),
    ],
)
def test_one_thread_gets_company(where: Server, name: str, before: int) -> None:
    """MariaDB has slave_parallel_workers too, for the same."""
    given = variables(**{name: before, "slave_parallel_workers": before})
    (finding,) = replication_lag(snapshot(channel(60, workers=before)), given, where)
    assert any(f"{name} = 8" in s for s in finding.remedy.statements)
    assert finding.remedy.statements[0].startswith("STOP ")
    assert finding.remedy.statements[-1].startswith("START ")


def test_with_workers_already_none_are_advised() -> None:
    given = variables(replica_parallel_workers=4)
    (finding,) = replication_lag(snapshot(channel(60)), given, mysql())
    assert finding.remedy.statements == ("SHOW REPLICA STATUS;",)
    assert "primary key" in finding.remedy.text


def test_workers_that_share_by_schema_are_told_to_share_by_transaction() -> None:
    given = variables(slave_parallel_workers=0, slave_parallel_type="DATABASE")
    (finding,) = replication_lag(snapshot(channel(60, workers=0)), given, mysql(8, 0, 26))
    assert "SET PERSIST slave_parallel_type = LOGICAL_CLOCK;" in finding.remedy.statements
    assert "SET PERSIST slave_parallel_type = DATABASE;" in finding.remedy.rollback


def test_mariadb_stops_all_channels_for_another_number_of_threads() -> None:
    given = variables(slave_parallel_threads=0)
    row = channel(60, workers=0, channel="one")
    (finding,) = replication_lag(snapshot(row), given, mariadb())
    steps = finding.remedy.statements
    assert (steps[0], steps[-1]) == ("STOP ALL REPLICAS;", "START ALL REPLICAS;")
