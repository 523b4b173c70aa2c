from __future__ import annotations

import pytest

from collectors.snapshots.sessions import SessionLoad
from rules.locks.multixact_contention import multixact_contention
from tests.make import server
from tests.rules.loads import load


@pytest.mark.parametrize(
    ("seen", "fires"),
    [
        pytest.param(load(("LWLock:MultiXactMemberSLRU", 0.5)), True, id="a noticeable part"),
        pytest.param(load(("LWLock:MultiXactMemberSLRU", 0.4)), False, id="too small a part"),
        pytest.param(
            load(("LWLock:MultiXactMemberSLRU", 0.2), active=0.2), False, id="too few sessions"
        ),
        pytest.param(load(("LWLock:XactSLRU", 5.0)), False, id="another wait"),
        pytest.param(load(("LWLock:MultiXactMemberSLRU", 5.0), samples=2), False, id="two samples"),
        pytest.param(load(active=0), False, id="nothing ran"),
    ],
)
def test_multixact_contention(seen: SessionLoad, fires: bool) -> None:
    assert bool(multixact_contention(seen, server())) is fires


def test_caches_can_grow_from_17_on() -> None:
    seen = load(("LWLock:MultiXactOffsetBuffer", 2.0))
    (before,), (after,) = (multixact_contention(seen, server(v)) for v in (16, 17))
    assert "multixact_member_buffers" not in before.remedy.text
    assert "multixact_member_buffers" in after.remedy.text
