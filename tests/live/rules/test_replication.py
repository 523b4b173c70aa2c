"""Real standbys, slots and an archive, broken on purpose."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from agent.demo.server import PostgresServer
from rules.base import Severity
from tests.live.own_servers import OwnServers
from tests.live.rules.background import Sessions, sessions, some_samples, until
from tests.live.triage import found, look

SMALL_SEGMENTS = ("--wal-segsize=1",)
MIB = 1 << 20


@pytest.fixture
def primary(own_server: OwnServers) -> PostgresServer:
    return own_server(
        settings={"wal_level": "logical", "max_slot_wal_keep_size": "-1", "min_wal_size": "2MB"},
        init_args=SMALL_SEGMENTS,
    )


@pytest.fixture
def admin(primary: PostgresServer) -> Iterator[Sessions]:
    with sessions(primary.dsn()) as opened:
        opened.do("CREATE TABLE filled (n int, text text)")
        yield opened


def write(admin: Sessions) -> None:
    """About 4 MB of log."""
    admin.do("INSERT INTO filled SELECT n, repeat('x', 300) FROM generate_series(1, 10000) n")


def test_inactive_slot(admin: Sessions) -> None:
    admin.do("SELECT pg_create_physical_replication_slot('gone', true)")
    write(admin)
    report = look(admin.dsn, limits={"inactive-slot": {"tolerated_bytes": MIB}})
    (told,) = found(report, "inactive-slot")
    assert told.finding.subject.name == "gone"
    assert found(report, "lost-slot") == []
    assert found(look(admin.dsn), "inactive-slot") == []
    admin.do(told.finding.remedy.statements[0])
    assert admin.count("true", "pg_replication_slots") == 0


def test_lost_slot(admin: Sessions, primary: PostgresServer) -> None:
    admin.do("SELECT pg_create_physical_replication_slot('gone', true)")
    assert found(look(admin.dsn), "lost-slot") == []
    primary.configure({"max_slot_wal_keep_size": "1MB"})
    primary.reload()
    until(
        lambda: admin.count("setting = '1' AND name = 'max_slot_wal_keep_size'", "pg_settings") == 1
    )
    write(admin)
    admin.do("SELECT pg_switch_wal()")
    admin.do("CHECKPOINT")
    report = look(admin.dsn, limits={"inactive-slot": {"tolerated_bytes": 0}})
    (told,) = found(report, "lost-slot")
    assert told.finding.evidence["wal_status"] == "lost"
    assert found(report, "inactive-slot") == []


def test_slot_holds_catalog(admin: Sessions) -> None:
    admin.do("SELECT pg_create_logical_replication_slot('gone', 'test_decoding')")
    write(admin)
    report = look(admin.dsn, limits={"slot-holds-catalog": {"tolerated_transactions": 0}})
    (told,) = found(report, "slot-holds-catalog")
    assert told.finding.subject.database == "postgres"
    assert found(look(admin.dsn), "slot-holds-catalog") == []


def test_archiver_failing(own_server: OwnServers) -> None:
    server = own_server(
        settings={"archive_mode": "on", "archive_command": "/bin/false", "wal_level": "replica"}
    )
    with sessions(server.dsn()) as admin:
        assert found(look(admin.dsn), "archiver-failing") == []
        admin.do("SELECT pg_switch_wal()")
        until(lambda: admin.count("failed_count > 0", "pg_stat_archiver") == 1)
        (told,) = found(look(admin.dsn), "archiver-failing")
        assert told.severity == Severity.HIGH
        for statement in told.finding.remedy.statements:
            admin.do(statement)
        server.configure({"archive_command": "/bin/true"})
        server.reload()
        until(lambda: admin.count("last_archived_time > last_failed_time", "pg_stat_archiver") == 1)
        assert found(look(admin.dsn), "archiver-failing") == []


def test_replication_lag(own_server: OwnServers, primary: PostgresServer, admin: Sessions) -> None:
    replica = own_server.replica(primary)
    with sessions(replica.dsn()) as standby:
        standby.do("SELECT pg_wal_replay_pause()")
        write(admin)
        until(lambda: admin.count(f"replay_lsn < sent_lsn - {2 * MIB}", "pg_stat_replication") == 1)
        small = {"replication-lag": {"tolerated_bytes": MIB, "tolerated_seconds": 0.2}}
        (there,) = found(look(standby.dsn, limits=small), "replication-lag")
        (here,) = found(look(admin.dsn, limits=small), "replication-lag")
        assert here.finding.evidence["stage"] == "replay"
        assert there.finding.evidence["state"] == "streaming"
        assert found(look(admin.dsn), "replication-lag") == []
        standby.do("SELECT pg_wal_replay_resume()")
        caught_up = "replay_lsn >= pg_current_wal_lsn()"
        until(lambda: admin.count(caught_up, "pg_stat_replication") == 1)
        assert found(look(standby.dsn, limits=small), "replication-lag") == []


def test_a_replica_without_its_source(
    own_server: OwnServers, primary: PostgresServer, admin: Sessions
) -> None:
    replica = own_server.replica(primary)
    admin.admin.close()
    primary.stop()
    with sessions(replica.dsn()) as standby:
        until(lambda: standby.count("true", "pg_stat_wal_receiver") == 0)
        (told,) = found(look(standby.dsn), "replication-lag")
    assert "not connected to its source 127.0.0.1" in told.finding.summary


def test_standby_conflicts(
    own_server: OwnServers, primary: PostgresServer, admin: Sessions
) -> None:
    write(admin)
    replica = own_server.replica(primary, settings={"max_standby_streaming_delay": "0"})

    def conflict() -> None:
        with sessions(replica.dsn()) as readers:
            reader = readers.run("SELECT count(*), pg_sleep(30) FROM filled")
            until(lambda: readers.count("wait_event = 'PgSleep'") == 1)
            admin.do("DELETE FROM filled")
            admin.do("VACUUM filled")
            until(lambda: reader.done)

    (told,) = found(look(replica.dsn(), during=conflict), "standby-conflicts")
    assert told.severity == Severity.LOW
    assert told.finding.evidence["conflicts"] == 1
    assert found(look(replica.dsn()), "standby-conflicts") != []
    assert found(look(admin.dsn), "standby-conflicts") == []


def test_synchronous_standby_missing(own_server: OwnServers) -> None:
    server = own_server()
    with sessions(server.dsn()) as admin:
        assert found(look(admin.dsn), "synchronous-standby-missing") == []
        server.configure({"synchronous_standby_names": "gone"})
        server.reload()
        hangs = "wait_event = 'SyncRep'"
        commits = [admin.run(f"CREATE TABLE t{n} (id int)") for n in range(3)]
        until(lambda: admin.count(hangs) > 0)
        commits += [admin.run(f"CREATE TABLE u{n} (id int)") for n in range(3)]
        until(lambda: admin.count(hangs) >= 3)
        report = look(admin.dsn, during=some_samples)
        (told,) = found(report, "synchronous-standby-missing")
        assert told.severity == Severity.CRITICAL
        (waits,) = found(report, "commit-waits")
        assert "wait for a standby" in waits.finding.summary
        for statement in told.finding.remedy.statements:
            admin.do(statement)
        until(lambda: all(commit.done for commit in commits))


def test_a_healthy_pair_is_quiet(own_server: OwnServers, primary: PostgresServer) -> None:
    replica = own_server.replica(primary)
    with psycopg.connect(primary.dsn(), autocommit=True) as admin:
        admin.execute("CREATE TABLE one AS SELECT 1")
    for dsn in (primary.dsn(), replica.dsn()):
        report = look(dsn)
        told = [r.recommendation.rule for r in report.advice]
        assert [
            rule.id for rule in told if rule.topic in ("replication", "locks", "sessions")
        ] == []
