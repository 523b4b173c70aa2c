from __future__ import annotations

from dataclasses import replace

import pytest

from collectors.snapshot import Activity
from collectors.snapshots.locks import LockWait
from collectors.snapshots.sessions import DigestLoad, SessionLoad
from collectors.snapshots.statements import Statement
from rules.base import Severity
from rules.statements.lock_heavy_statement import lock_heavy_statement
from tests.make import activity, make, server, snapshot
from tests.rules.mysql_servers import mariadb, mysql


def load(locked: float, busy: float, *, digest: str = "d1", samples: int = 60) -> SessionLoad:
    rows = (DigestLoad(digest, "shop", "Lock", locked), DigestLoad(digest, "shop", "CPU", busy))
    return make(SessionLoad, seconds=60.0, samples=samples, by_digest=rows)


def statement(mean_seconds: float) -> Statement:
    return make(Statement, database="shop", digest="d1", calls=100, exec_seconds=100 * mean_seconds)


@pytest.mark.parametrize(
    ("sessions", "mean_seconds", "severity"),
    [
        pytest.param(load(0.6, 0.5), 0.5, Severity.HIGH, id="half a session waits long"),
        pytest.param(load(0.3, 0.5), 0.5, Severity.MEDIUM, id="a third of the time"),
        pytest.param(load(3.0, 1.0), 0.06, Severity.MEDIUM, id="waits of some length"),
        pytest.param(load(3.0, 1.0), 0.004, Severity.LOW, id="a hot row with short waits"),
    ],
)
def test_fires(sessions: SessionLoad, mean_seconds: float, severity: Severity) -> None:
    (finding,) = lock_heavy_statement(sessions, activity(statement(mean_seconds)), None, server())
    assert finding.severity is severity
    assert finding.impact.value == sessions.by_digest[0].sessions * 3600


def test_a_statement_that_never_ended_counts_as_long() -> None:
    nothing: Activity[Statement] = activity()
    for statements in (None, nothing):
        (finding,) = lock_heavy_statement(load(1.0, 0.0), statements, None, server())
        assert finding.severity is Severity.HIGH


def test_short_waits_of_few_sessions_are_fine() -> None:
    assert not lock_heavy_statement(load(0.4, 0.0), activity(statement(0.001)), None, server())


@pytest.mark.parametrize(
    "sessions",
    [
        pytest.param(load(0.29, 0.71), id="just under a third"),
        pytest.param(load(0.09, 0.0), id="a tenth of a session"),
        pytest.param(load(0.4, 0.0, samples=10), id="seen four times"),
        pytest.param(load(2.0, 0.0, digest=""), id="statement unknown"),
        pytest.param(make(SessionLoad), id="nobody was active"),
    ],
)
def test_quiet(sessions: SessionLoad) -> None:
    assert not lock_heavy_statement(sessions, activity(statement(0.5)), None, server())


@pytest.mark.parametrize(
    ("waiting", "waited_seconds", "found"),
    [
        pytest.param("UPDATE t", 24.0, 0, id="it is stuck in an incident right now"),
        pytest.param("UPDATE t", 0.5, 1, id="it waits, but not for long"),
        pytest.param("DELETE FROM u", 24.0, 1, id="another one is stuck"),
    ],
)
def test_an_incident_is_told_by_its_own_rules(
    waiting: str, waited_seconds: float, found: int
) -> None:
    cost = replace(statement(0.5), query="UPDATE t")
    locks = snapshot(make(LockWait, waiter_query=waiting, waited_seconds=waited_seconds))
    assert len(lock_heavy_statement(load(0.6, 0.5), activity(cost), locks, server())) == found


def test_each_engine_is_asked_in_its_own_words() -> None:
    (postgres,) = lock_heavy_statement(load(0.6, 0.5), activity(), None, server())
    assert "pg_blocking_pids" in postgres.remedy.statements[0]
    views = ((mysql(), "FROM sys."), (mariadb(10, 5), "FROM information_schema."))
    for about, view in views:
        (finding,) = lock_heavy_statement(load(0.6, 0.5), activity(), None, about)
        assert f"{view}innodb_lock_waits" in finding.remedy.statements[0]
        assert "InnoDB locks every row" in finding.remedy.text
        assert "pg_" not in str(finding)
