from __future__ import annotations

import pytest

from collectors.snapshots.locks import LockWait
from collectors.snapshots.sessions import Connections
from rules.settings.no_timeouts import no_timeouts
from tests.make import make, snapshot


def idle(seconds: float | None, state: str = "idle in transaction") -> Connections:
    return make(Connections, user="app", state=state, oldest_state_seconds=seconds)


def wait(seconds: float) -> LockWait:
    return make(LockWait, waiter_user="app", waited_seconds=seconds)


def test_a_long_idle_transaction_proves_it() -> None:
    (finding,) = no_timeouts(snapshot(idle(300.0)), None)
    assert finding.remedy.statements == (
        "ALTER ROLE app SET idle_in_transaction_session_timeout = '60s';",
    )
    assert finding.remedy.rollback == "ALTER ROLE app RESET idle_in_transaction_session_timeout;"


def test_a_long_lock_wait_proves_it() -> None:
    (finding,) = no_timeouts(snapshot(), snapshot(wait(60.0), wait(10.0)))
    assert finding.remedy.statements == ("ALTER ROLE app SET lock_timeout = '10s';",)


def test_one_finding_a_role() -> None:
    (finding,) = no_timeouts(snapshot(idle(600.0), idle(20.0)), snapshot(wait(90.0)))
    assert len(finding.remedy.statements) == 2


@pytest.mark.parametrize(
    ("row", "waited"),
    [
        pytest.param(idle(299.0), 59.0, id="just not long enough"),
        pytest.param(idle(9000.0, "idle"), 0.0, id="idle outside a transaction"),
        pytest.param(idle(None), 0.0, id="since when is not known"),
    ],
)
def test_quiet(row: Connections, waited: float) -> None:
    assert not no_timeouts(snapshot(row), snapshot(wait(waited)))
