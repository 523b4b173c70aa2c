from __future__ import annotations

import pytest

from collectors.snapshots.sessions import SessionSample
from rules.base import Severity
from rules.locks.idle_in_transaction import idle_in_transaction
from tests.make import make, server, snapshot
from tests.rules.mysql_servers import mariadb, mysql
from tests.rules.waits import IDLE, wait


def idle(
    seconds: float | None, state: str = "idle in transaction", **given: object
) -> SessionSample:
    about = {"user": "web", "pid": 1, "holds_horizon": True, **given}
    return make(SessionSample, state=state, state_seconds=seconds, **about)


@pytest.mark.parametrize(
    ("sample", "severities"),
    [
        pytest.param(idle(61), [Severity.MEDIUM], id="a minute"),
        pytest.param(idle(60), [], id="not a minute"),
        pytest.param(idle(301), [Severity.HIGH], id="five minutes"),
        pytest.param(idle(299, holds_horizon=False), [], id="holds only its locks"),
        pytest.param(idle(301, holds_horizon=False), [Severity.LOW], id="its locks, for long"),
        pytest.param(idle(301, "active"), [], id="busy"),
        pytest.param(idle(None), [], id="nobody says since when"),
        pytest.param(idle(61, "idle in transaction (aborted)"), [Severity.MEDIUM], id="aborted"),
    ],
)
def test_idle_in_transaction(sample: SessionSample, severities: list[Severity]) -> None:
    found = idle_in_transaction(snapshot(sample), None, server())
    assert [f.severity for f in found] == severities


def test_one_that_blocks_is_told_by_idle_blocker() -> None:
    locks = snapshot(wait(2, 1, **IDLE))
    assert idle_in_transaction(snapshot(idle(900)), locks, server()) == []


def test_sessions_of_one_program_are_one_finding() -> None:
    samples = snapshot(idle(70, pid=1), idle(90, pid=2), idle(80, pid=3, user="batch"))
    web, batch = idle_in_transaction(samples, None, server())
    assert (web.evidence["sessions"], web.evidence["pids"]) == (2, "2, 1")
    assert batch.subject.name == "batch"
    assert web.remedy.statements[0] == "SELECT pg_terminate_backend(2);"


def test_mysql_has_no_limit_for_idle_transactions() -> None:
    (told,) = idle_in_transaction(snapshot(idle(90)), None, mysql())
    assert told.remedy.statements == ("KILL 1;",)
    assert "old row versions from being purged" in told.summary
    assert "limit" not in told.remedy.risk


def test_mariadb_has_one() -> None:
    (told,) = idle_in_transaction(snapshot(idle(90)), None, mariadb())
    assert told.remedy.statements[1] == "SET GLOBAL idle_transaction_timeout = 60;"
    assert told.remedy.rollback.startswith("SET GLOBAL idle_transaction_timeout = 0;")
