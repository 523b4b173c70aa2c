from __future__ import annotations

import pytest

from collectors.snapshots.sessions import SessionLoad
from rules.base import Severity
from rules.locks.advisory_lock_waits import advisory_lock_waits
from tests.make import server, snapshot
from tests.rules.loads import load
from tests.rules.waits import wait


@pytest.mark.parametrize(
    ("seen", "fires"),
    [
        pytest.param(load(("Lock:advisory", 0.5)), True, id="one in twenty"),
        pytest.param(load(("Lock:advisory", 0.49), active=9.8), False, id="too few sessions"),
        pytest.param(load(("Lock:advisory", 0.5), active=20), False, id="too small a part"),
        pytest.param(load(("Lock:relation", 5.0)), False, id="another lock"),
        pytest.param(load(("Lock:advisory", 5.0), samples=2), False, id="two samples"),
        pytest.param(load(active=0), False, id="nothing ran"),
    ],
)
def test_advisory_lock_waits(seen: SessionLoad, fires: bool) -> None:
    assert bool(advisory_lock_waits(seen, None, server())) is fires


def test_patient_waiters_look_like_leader_election() -> None:
    locks = snapshot(wait(2, 1, 3600.0, object="advisory"), wait(4, 3, 9000.0))
    (finding,) = advisory_lock_waits(load(("Lock:advisory", 1.0)), locks, server())
    assert finding.severity == Severity.INFO
    assert finding.evidence["holder_pids"] == "1"
