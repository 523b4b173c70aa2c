from __future__ import annotations

import pytest

from collectors.snapshots.locks import LockWait
from collectors.snapshots.settings import Setting
from rules.settings.lock_logging_off import lock_logging_off
from tests.make import make, server, snapshot

OFF = make(Setting, setting="log_lock_waits", value="off")
ON = make(Setting, setting="log_lock_waits", value="on")
TIMEOUT = make(Setting, setting="deadlock_timeout", value="1000", number=1.0)


def test_fires_for_a_wait_that_would_be_logged() -> None:
    locks = snapshot(make(LockWait, waited_seconds=1.0), make(LockWait, waited_seconds=0.1))
    (finding,) = lock_logging_off(snapshot(OFF, TIMEOUT), locks, server())
    assert finding.remedy.statements[0] == "ALTER SYSTEM SET log_lock_waits = 'on';"


@pytest.mark.parametrize(
    ("setting", "waited"),
    [
        pytest.param(ON, 9.0, id="on"),
        pytest.param(OFF, 0.9, id="a short wait"),
    ],
)
def test_quiet(setting: Setting, waited: float) -> None:
    locks = snapshot(make(LockWait, waited_seconds=waited))
    assert not lock_logging_off(snapshot(setting, TIMEOUT), locks, server())


def test_nobody_waits() -> None:
    assert not lock_logging_off(snapshot(OFF), snapshot(), server())
