from __future__ import annotations

import pytest

from collectors.snapshots.locks import LockWait
from rules.base import Severity
from rules.locks.idle_blocker import idle_blocker
from tests.make import server, snapshot
from tests.rules.mysql_servers import mariadb, mysql
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
    (finding,) = idle_blocker(snapshot(wait(2, 1, **IDLE)), mysql(platform="rds"))
    assert finding.remedy.statements == ("CALL mysql.rds_kill(1);",)
    assert "a forgotten commit" in finding.remedy.text
    assert "role" not in finding.remedy.text
    assert "undoing it takes" in finding.remedy.risk


def test_mariadb_can_end_idle_transactions_itself() -> None:
    (finding,) = idle_blocker(snapshot(wait(2, 1, **IDLE)), mariadb())
    assert finding.remedy.statements[:2] == ("KILL 1;", "SET GLOBAL idle_transaction_timeout = 60;")
    limited = mariadb(settings={"idle_transaction_timeout": "30"})
    (finding,) = idle_blocker(snapshot(wait(2, 1, **IDLE)), limited)
    assert finding.remedy.statements == ("KILL 1;",)


@pytest.mark.parametrize("kind", ["EXCLUSIVE", "SHARED_NO_READ_WRITE"])
def test_a_queue_for_metadata_is_told_by_its_own_rule(kind: str) -> None:
    assert idle_blocker(snapshot(wait(2, 1, 90.0, kind=kind, **IDLE)), mysql()) == []


def test_spare_workers_wait_in_get_lock() -> None:
    state = {"blocker_state": "idle in transaction (explicit lock)"}
    named = {"kind": "EXCLUSIVE", "object": "user level lock"}
    assert idle_blocker(snapshot(wait(2, 1, 900.0, **IDLE | state | named)), mysql()) == []


def test_limit_is_tunable() -> None:
    assert idle_blocker(snapshot(wait(2, 1, 60.0, **IDLE)), server(), tolerated_seconds=120) == []
