from __future__ import annotations

from dataclasses import replace

import pytest

from collectors.snapshots.locks import LockWait
from rules.base import Severity
from rules.locks.idle_blocker import idle_blocker
from tests.make import server, snapshot
from tests.rules.waits import IDLE, wait


@pytest.mark.parametrize(
    ("waits", "severities"),
    [
        pytest.param([wait(2, 1, 5.1, **IDLE)], [Severity.HIGH], id="one waits"),
        pytest.param([wait(2, 1, 5.0, **IDLE)], [], id="not long yet"),
        pytest.param([wait(2, 1, 61.0, **IDLE)], [Severity.CRITICAL], id="for a minute"),
        pytest.param(
            [wait(2, 1, 9.0, **IDLE), wait(3, 2), wait(4, 3)],
            [Severity.CRITICAL],
            id="three, not directly",
        ),
        pytest.param([wait(2, 1, 900.0)], [], id="a busy blocker frees the lock itself"),
        pytest.param(
            [wait(2, 1, 90.0, **IDLE | {"blocker_state_seconds": 0.01})],
            [],
            id="a busy transaction between two statements",
        ),
        pytest.param(
            [wait(2, 0, 90.0, blocker_state="prepared")], [], id="a prepared one has its own rule"
        ),
        pytest.param([], [], id="nobody waits"),
    ],
)
def test_idle_blocker(waits: list[LockWait], severities: list[Severity]) -> None:
    assert [f.severity for f in idle_blocker(snapshot(*waits), server())] == severities


def test_finding() -> None:
    (finding,) = idle_blocker(snapshot(wait(2, 1, 9.0, **IDLE), wait(3, 2)), server())
    assert finding.subject.name == "web/shop"
    assert finding.evidence["blocked_sessions"] == 2
    assert finding.remedy.statements[0] == "SELECT pg_terminate_backend(1);"
    assert "sits idle in a transaction for 1 min" in finding.summary


def test_sessions_of_one_program_are_one_finding() -> None:
    waits = [wait(2, 1, **IDLE), wait(4, 3, **IDLE), wait(2, 3, **IDLE)]
    (finding,) = idle_blocker(snapshot(*waits), server())
    assert finding.evidence["blocked_sessions"] == 2
    assert finding.evidence["blocker_pids"] == "3, 1"
    assert len(finding.remedy.statements) == 3


def test_mysql_is_told_in_its_own_words() -> None:
    mysql = replace(server(), engine="mysql", platform="rds")
    (finding,) = idle_blocker(snapshot(wait(2, 1, **IDLE)), mysql)
    assert finding.remedy.statements == ("CALL mysql.rds_kill(1);",)


def test_limit_is_tunable() -> None:
    assert idle_blocker(snapshot(wait(2, 1, 60.0, **IDLE)), server(), tolerated_seconds=120) == []
