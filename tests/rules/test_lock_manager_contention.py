from __future__ import annotations

import pytest

from collectors.snapshots.sessions import SessionLoad
from rules.base import Severity
from rules.locks.lock_manager_contention import lock_manager_contention
from tests.make import server
from tests.rules.loads import load


@pytest.mark.parametrize(
    ("seen", "fires"),
    [
        pytest.param(load(("LWLock:LockManager", 1.0)), True, id="a noticeable part"),
        pytest.param(load(("LWLock:LockManager", 0.9)), False, id="too small a part"),
        pytest.param(load(("LWLock:LockManager", 0.2), active=0.2), False, id="too few sessions"),
        pytest.param(load(("LWLock:BufferMapping", 5.0)), False, id="another wait"),
        pytest.param(load(("LWLock:LockManager", 5.0), samples=2), False, id="two samples"),
        pytest.param(load(active=0), False, id="nothing ran"),
    ],
)
def test_lock_manager_contention(seen: SessionLoad, fires: bool) -> None:
    assert bool(lock_manager_contention(seen, server())) is fires


def test_a_third_of_the_load_is_high() -> None:
    (finding,) = lock_manager_contention(load(("LWLock:LockManager", 4.0)), server())
    assert finding.severity == Severity.HIGH
    assert finding.impact.value == 14400
