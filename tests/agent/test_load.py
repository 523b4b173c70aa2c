"""Average active sessions from samples, over a window that stays small in memory."""

from __future__ import annotations

import pytest

from agent.load import LoadWindow
from collectors.snapshots.sessions import SessionLoad, SessionSample, WaitLoad
from tests.make import make, snapshot


def session(wait_type: str = "CPU", wait_event: str = "", state: str = "active") -> SessionSample:
    return make(
        SessionSample, state=state, wait_type=wait_type, wait_event=wait_event, digest="d",
        database="shop",
    )  # fmt: skip


def sampled(window: LoadWindow, at: float, *rows: SessionSample) -> None:
    window.add(snapshot(*rows, taken_at=at))


def load(window: LoadWindow) -> SessionLoad:
    found = window.load()
    assert found is not None
    return found


def test_nothing_before_the_first_sample() -> None:
    assert LoadWindow(60).load() is None


def test_average_active_sessions_by_wait_and_by_statement() -> None:
    window = LoadWindow(60)
    sampled(window, 1.0, session(), session("Lock", "relation"))
    sampled(window, 2.0, session())
    sampled(window, 3.0)
    sampled(window, 4.0, session("Lock", "relation"))
    found = load(window)
    assert (found.samples, found.average_active_sessions) == (4, 1.0)
    assert found.by_wait == (WaitLoad("CPU", "", 0.5), WaitLoad("Lock", "relation", 0.5))
    assert [(d.digest, d.wait_type, d.sessions) for d in found.by_digest] == [
        ("d", "CPU", 0.5), ("d", "Lock", 0.5),
    ]  # fmt: skip


@pytest.mark.parametrize("state", ["idle in transaction", "idle in transaction (aborted)", "idle"])
def test_a_session_that_runs_nothing_is_no_load(state: str) -> None:
    window = LoadWindow(60)
    sampled(window, 1.0, session("Client", "ClientRead", state))
    assert load(window).average_active_sessions == 0
    assert load(window).by_wait == ()


def test_the_window_forgets() -> None:
    window = LoadWindow(60)
    sampled(window, 0.0, session(), session())
    for second in range(30, 120):
        sampled(window, float(second), session())
    found = load(window)
    assert found.average_active_sessions == 1
    assert 60 <= found.seconds <= 61


@pytest.mark.parametrize("seconds", [500, 5_000, 50_000])
def test_slices_join_and_lose_no_sample(seconds: int) -> None:
    window = LoadWindow(1e9)
    for second in range(seconds):
        busy = (session(),) if second % 4 == 0 else ()
        sampled(window, float(second), *busy)
    found = load(window)
    assert len(found.timeline) <= 120
    assert (found.samples, found.average_active_sessions) == (seconds, 0.25)
    assert found.seconds == seconds - 1
    moments = [moment.at for moment in found.timeline]
    assert moments == sorted(moments)
    assert all(dict(m.by_wait_type)["CPU"] == pytest.approx(0.25, abs=0.25) for m in found.timeline)


def test_a_clock_that_goes_back_does_no_harm() -> None:
    window = LoadWindow(60)
    for at in (100.0, 40.0, 101.0):
        sampled(window, at, session())
    assert load(window).samples == 3
    assert load(window).average_active_sessions == 1


def test_a_graph_is_given_the_end_of_the_window() -> None:
    window = LoadWindow(900)
    for second in range(900):
        sampled(window, float(second), *([session()] * (4 if second >= 840 else 0)))
    recent = window.load(last_seconds=60)
    assert recent is not None
    assert recent.average_active_sessions == pytest.approx(4, abs=0.5)
    assert load(window).average_active_sessions == pytest.approx(4 * 60 / 900)
