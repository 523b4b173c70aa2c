"""Run a daemon with its pages until it is told to stop."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import signal
import threading
import time
from collections.abc import Callable

from agent.daemon import Daemon
from agent.serve import serving


def give_memory_back() -> None:
    """By default glibc gives each thread a heap of its own, and none of it back; two will do."""
    arena_max = -8
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(arena_max, 2)


def look_for_cycles_rarely() -> None:
    """Rows hold none: a look at each few hundred new ones takes as long as making them."""
    gc.freeze()
    gc.set_threshold(30_000, 5, 3)


def run_until_stopped(
    daemon: Daemon, *, seconds: float | None = None, started: Callable[[str], None] | None = None
) -> None:
    """SIGTERM and SIGINT stop it, SIGHUP reloads; `seconds` ends it by itself.

    `started` is called with the base URL once pages are served and targets are asked.
    """
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    give_memory_back()
    look_for_cycles_rarely()
    stop, reload = threading.Event(), threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    signal.signal(signal.SIGHUP, lambda *_: reload.set())
    ends = time.monotonic() + seconds if seconds is not None else None
    with serving(daemon, daemon.config.agent) as url:
        daemon.start()
        try:
            if started:
                threading.Thread(target=started, args=(url,), daemon=True).start()
            while not stop.wait(0.2) and (ends is None or time.monotonic() < ends):
                if reload.is_set():
                    reload.clear()
                    daemon.reload()
        finally:
            daemon.stop()
