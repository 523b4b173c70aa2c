from __future__ import annotations

import pytest

from collectors.mysql.status import Status
from collectors.postgres.databases import Database
from collectors.snapshots.sessions import SessionLoad
from rules.base import Severity
from rules.sessions.commit_waits import commit_waits
from tests.make import activity, make, server
from tests.rules.loads import load
from tests.rules.mysql_servers import mysql

DISK = load(("IO:WalSync", 1.0), ("LWLock:WALWrite", 3.0))


@pytest.mark.parametrize(
    ("seen", "fires"),
    [
        pytest.param(DISK, True, id="the disk"),
        pytest.param(load(("IPC:SyncRep", 3.0)), True, id="a standby"),
        pytest.param(load(("IO:WalSync", 2.9)), False, id="too small a part"),
        pytest.param(load(("IO:WalSync", 0.9), active=1.0), False, id="less than a session"),
        pytest.param(load(("IO:DataFileRead", 9.0)), False, id="reads"),
        pytest.param(load(active=0), False, id="nothing ran"),
    ],
)
def test_commit_waits(seen: SessionLoad, fires: bool) -> None:
    assert bool(commit_waits(seen, None, server())) is fires


@pytest.mark.parametrize(
    ("commits", "accumulated", "severity"),
    [
        pytest.param(100, False, Severity.MEDIUM, id="a slow flush"),
        pytest.param(10_000, False, Severity.LOW, id="many fast flushes, as benchmarks have"),
        pytest.param(100, True, Severity.LOW, id="commits of another span"),
        pytest.param(0, False, Severity.LOW, id="none committed"),
    ],
)
def test_mean_wait(commits: int, accumulated: bool, severity: Severity) -> None:
    row = make(Database, commits=commits)
    ran = activity(row, seconds=1.0, accumulated=accumulated)
    (finding,) = commit_waits(DISK, ran, server())
    assert finding.severity == severity


def test_says_whom_commits_wait_for() -> None:
    (finding,) = commit_waits(load(("IPC:SyncRep", 3.0), ("IO:WalSync", 1.0)), None, server())
    assert "wait for a standby to commit" in finding.summary


@pytest.mark.parametrize(
    ("seen", "fires"),
    [
        pytest.param(load(("Commit:handler commit", 4.0)), True, id="the disk"),
        pytest.param(load(("Commit:semi-sync ack from replica", 4.0)), True, id="a replica"),
        pytest.param(load(("Commit:commit", 2.9)), False, id="too small a part"),
        pytest.param(load(("IO:file/innodb/innodb_log_file", 9.0)), False, id="other writes"),
        pytest.param(load(("Lock:commit lock", 9.0)), False, id="a backup stops commits"),
    ],
)
def test_on_mysql(seen: SessionLoad, fires: bool) -> None:
    found = commit_waits(seen, None, mysql())
    assert bool(found) is fires
    assert all(f.remedy.statements == () for f in found), "weaker settings are never advised"


def test_on_mysql_each_change_may_be_a_commit() -> None:
    seen = load(("Commit:commit", 4.0))
    slow = activity(make(Status, commits=20, inserts=20), seconds=1.0)
    (told,) = commit_waits(seen, slow, mysql())
    assert (told.severity, told.evidence["wait_seconds_per_commit"]) == (Severity.MEDIUM, 0.1)
    (told,) = commit_waits(seen, activity(make(Status, updates=9_000), seconds=1.0), mysql())
    assert told.severity == Severity.LOW
