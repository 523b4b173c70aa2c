"""Cuts connections whose server does not answer in time, so that no thread waits for ever.

statement_timeout is the server's own promise; a server that hangs, or a network that swallows
packets, keeps no promise. One thread watches all connections of the process.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections.abc import Iterator

_TICK_SECONDS = 0.25


class Deadlines:
    def __init__(self) -> None:
        self._due: dict[int, float] = {}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    @contextlib.contextmanager
    def within(self, descriptor: int, seconds: float) -> Iterator[None]:
        """Cut the socket `descriptor` if the block is not left within `seconds`."""
        with self._lock:
            self._due[descriptor] = time.monotonic() + seconds
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="deadlines", daemon=True)
                self._thread.start()
        try:
            yield
        finally:
            with self._lock:
                self._due.pop(descriptor, None)

    def cut_all(self) -> None:
        """Cut every connection that waits right now: the agent is stopping."""
        with self._lock:
            for descriptor in self._due:
                cut(descriptor)

    def _watch(self) -> None:
        while True:
            time.sleep(_TICK_SECONDS)
            with self._lock:
                if not self._due:
                    self._thread = None
                    return
                now = time.monotonic()
                for descriptor, due in self._due.items():
                    if due < now:
                        cut(descriptor)


def cut(descriptor: int) -> None:
    """Shut the socket down without closing the driver's descriptor."""
    with contextlib.suppress(OSError), socket.socket(fileno=os.dup(descriptor)) as shut:
        shut.shutdown(socket.SHUT_RDWR)


DEADLINES = Deadlines()
