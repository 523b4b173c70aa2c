from __future__ import annotations

import pytest

from collectors.snapshots.sessions import SessionLoad
from rules.locks.savepoint_overflow import savepoint_overflow
from tests.make import server
from tests.rules.loads import load


@pytest.mark.parametrize(
    ("seen", "fires"),
    [
        pytest.param(load(("LWLock:SubtransSLRU", 0.5)), True, id="a noticeable part"),
        pytest.param(load(("LWLock:SubtransSLRU", 0.4)), False, id="too small a part"),
        pytest.param(load(("LWLock:SubtransSLRU", 0.2), active=0.2), False, id="too few sessions"),
        pytest.param(load(("LWLock:XactSLRU", 5.0)), False, id="another wait"),
        pytest.param(load(("LWLock:SubtransSLRU", 5.0), samples=2), False, id="two samples"),
        pytest.param(load(active=0), False, id="nothing ran"),
    ],
)
def test_savepoint_overflow(seen: SessionLoad, fires: bool) -> None:
    assert bool(savepoint_overflow(seen, server())) is fires


def test_culprits_can_be_asked_for_from_16_on() -> None:
    seen = load(("LWLock:SubtransBuffer", 2.0))
    (before,), (after,) = (savepoint_overflow(seen, server(v)) for v in (15, 16))
    assert before.remedy.statements == ()
    assert "subxact_overflowed" in after.remedy.statements[0]
