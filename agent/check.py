"""One report: a look at what the server has accumulated, or at what happens in a window."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from agent.judge import History, Tuning, WindowKind, judge
from agent.planning import planner_for
from agent.watch import Watch
from collectors.rds.insights import moves_on
from collectors.snapshots.locks import LockWait
from collectors.snapshots.sessions import SessionSample
from exporters.report import TargetReport

LIVE_SECONDS = 10.0
_SAMPLE_SECONDS = 0.5
_MARGIN_SECONDS = 1.0  # clocks are set back a little now and then
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Look:
    """`window_seconds` None: totals since the server's reset, plus `live_seconds` of samples."""

    window_seconds: float | None = None
    live_seconds: float = LIVE_SECONDS
    during: Callable[[], object] | None = None
    stop: threading.Event = field(default_factory=threading.Event)

    @property
    def kind(self) -> WindowKind:
        watched = self.window_seconds is not None or self.during is not None
        return "difference" if watched else "since-reset"


def check(watch: Watch, look: Look, tuning: Tuning, progress: Progress) -> TargetReport:
    """Collect, sample, collect again where a window is asked for, and judge."""
    name = watch.target.name
    progress(f"{name}: collecting")
    _round(watch, name, progress)
    if watch.error is None or watch.aws_answers:
        _watch(watch, look, progress)
        if look.kind == "difference":
            progress(f"{name}: collecting again")
            _round(watch, name, progress)
    progress(f"{name}: judging")
    with planner_for(watch) as planner:
        return judge(watch, look.kind, tuning, History(), planner)


def _watch(watch: Watch, look: Look, progress: Progress) -> None:
    """Sessions and locks, for a while; AWS has no live view of them to wait for."""
    if watch.error is not None or all(c.row is not SessionSample for c in watch.collectors):
        _await_insights(watch, look, progress)
        return
    span = look.window_seconds or look.live_seconds
    progress(f"{watch.target.name}: watching sessions and locks for {span:g} s")
    with _sampling(watch):
        (look.during or (lambda: look.stop.wait(span)))()


def _await_insights(watch: Watch, look: Look, progress: Progress) -> None:
    """Until the window is over and Performance Insights has a minute more to tell."""
    if look.during:
        look.during()
    if look.window_seconds:
        span = insights_span(look.window_seconds, time.time())
        progress(
            f"{watch.target.name}: waiting {span:.0f} s for Performance Insights, "
            "which tells whole minutes and is about 2 min behind"
        )
        look.stop.wait(span)


def insights_span(window_seconds: float, now: float) -> float:
    """Seconds from the first look to a second one with at least one minute that is new."""
    return max(window_seconds, moves_on(now) - now + _MARGIN_SECONDS)


def _round(watch: Watch, name: str, progress: Progress) -> None:
    watch.collect(watch.collectors)
    if watch.error is None:
        watch.walk(
            watch.collectors,
            lambda done, of: progress(f"{name}: database {min(done + 1, of)} of {of}"),
        )


@contextlib.contextmanager
def _sampling(watch: Watch) -> Iterator[None]:
    """Samples of sessions and locks in the background; locks last, so that they are fresh."""
    locks = [c for c in watch.collectors if c.row is LockWait]
    done = threading.Event()

    def sample() -> None:
        while True:
            watch.sample()
            watch.collect(locks)
            if done.wait(_SAMPLE_SECONDS):
                return

    thread = threading.Thread(target=sample, name=f"samples {watch.target.name}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
