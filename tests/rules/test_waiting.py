from __future__ import annotations

import pytest

from collectors.snapshots.sessions import SessionLoad
from rules.sessions.waiting import waiting
from tests.rules.loads import load


@pytest.mark.parametrize(
    ("name", "asked", "sessions"),
    [
        pytest.param("IO:WALSync", ("WALSync",), 2.0, id="up to 16"),
        pytest.param("IO:WalSync", ("WALSync",), 2.0, id="spelled anew in 17"),
        pytest.param("IO:WALRead", ("WALSync", "WALWrite"), 0.0, id="another event"),
        pytest.param("LWLock:WALSync", ("WALSync",), 0.0, id="another type"),
    ],
)
def test_events_of_a_type(name: str, asked: tuple[str, ...], sessions: float) -> None:
    assert waiting(load((name, 2.0)), "IO", *asked).sessions == sessions


def test_share_and_busiest_statement() -> None:
    found = waiting(load(("IO:WALSync", 2.0), active=8.0), "IO", "WALSync")
    assert (found.share_ratio, found.digest) == (0.25, "digest of IO")


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param(load(("IO:WALSync", 2.0), samples=4), id="too few samples"),
        pytest.param(load(active=0.0), id="nobody active"),
    ],
)
def test_no_proof_is_no_wait(seen: SessionLoad) -> None:
    assert waiting(seen, "IO", "WALSync").sessions == 0
