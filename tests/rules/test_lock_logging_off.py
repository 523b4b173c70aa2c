from __future__ import annotations

import pytest

from collectors.postgres.settings import Setting
from collectors.snapshots.locks import LockWait
from collectors.snapshots.sessions import SessionLoad, WaitLoad
from rules.settings.lock_logging_off import lock_logging_off
from tests.make import make, server, snapshot

OFF = make(Setting, setting="log_lock_waits", value="off")
ON = make(Setting, setting="log_lock_waits", value="on")
TIMEOUT = make(Setting, setting="deadlock_timeout", value="1000", number=1.0)


def load(kind: str, sessions: float) -> SessionLoad:
    return make(SessionLoad, by_wait=(WaitLoad(kind, "transactionid", sessions),))


@pytest.mark.parametrize(
    ("waited", "sessions"),
    [
        pytest.param(1.0, load("CPU", 3.0), id="a wait that would be logged"),
        pytest.param(0.0, load("Lock", 0.1), id="waits seen before"),
    ],
)
def test_fires(waited: float, sessions: SessionLoad) -> None:
    locks = snapshot(make(LockWait, waited_seconds=waited))
    assert lock_logging_off(snapshot(OFF, TIMEOUT), locks, sessions, server())


@pytest.mark.parametrize(
    ("setting", "waited", "sessions"),
    [
        pytest.param(ON, 9.0, load("Lock", 3.0), id="on"),
        pytest.param(OFF, 0.9, load("Lock", 0.09), id="short waits"),
        pytest.param(OFF, 0.0, load("LWLock", 3.0), id="other waits"),
    ],
)
def test_quiet(setting: Setting, waited: float, sessions: SessionLoad) -> None:
    locks = snapshot(make(LockWait, waited_seconds=waited))
    assert not lock_logging_off(snapshot(setting, TIMEOUT), locks, sessions, server())


def test_nothing_seen() -> None:
    assert not lock_logging_off(snapshot(OFF), None, None, server())
