"""One connection of a target, opened when needed, with backoff after a failure."""

from __future__ import annotations

import contextlib
import logging
import random
import threading
import time
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from agent.targets.session import Held
from collectors.session import ConnectionLost, SessionError

log = logging.getLogger(__name__)

_LONGEST_SECONDS = 60.0
_OVER = "it is no longer watched"


Open = TypeVar("Open", bound=Held)


class Lane(Generic[Open]):
    """Serves one user at a time. A failed connect is not tried again before its backoff is over."""

    def __init__(self, name: str, connect: Callable[[], Open]) -> None:
        self.error: str | None = None
        self._name = name
        self._connect = connect
        self._session: Open | None = None
        self._lock = threading.Lock()
        self._closed = False
        self._failures = 0
        self._not_before = 0.0
        self._spent_seconds = 0.0

    @property
    def spent_seconds(self) -> float:
        """Time spent waiting for answers, over all connections so far."""
        session = self._session
        return self._spent_seconds + (session.spent_seconds if session else 0.0)

    @contextlib.contextmanager
    def session(self) -> Iterator[Open]:
        """The open session; SessionError says why there is none. A lost one is dropped."""
        with self._lock:
            session = self._session or self._open()
            try:
                yield session
            except ConnectionLost as error:
                self._drop()
                self._failed(error)
                raise
            finally:
                if self._closed:
                    self._drop()

    def close(self) -> None:
        """For good, and at once: a question under way is cut, and its asker closes the rest."""
        self._closed = True
        if self._lock.acquire(timeout=0.1):
            self._drop()
            self._lock.release()
        elif session := self._session:
            session.cut()

    def _open(self) -> Open:
        if self._closing():
            raise ConnectionLost(_OVER)
        if time.monotonic() < self._not_before:
            raise ConnectionLost(self.error or "waits before the next try to connect")
        try:
            self._session = self._connect()
        except SessionError as error:
            self._failed(error)
            raise
        if self._closing():
            self._drop()
            raise ConnectionLost(_OVER)
        if self._failures:
            log.info("%s: connected again", self._name)
        self._failures, self.error = 0, None
        return self._session

    def _closing(self) -> bool:
        """Another thread may say so at any moment."""
        return self._closed

    def _failed(self, error: SessionError) -> None:
        """Full jitter, so that a fleet does not come back in step; each new reason logged once."""
        self._failures += 1
        if str(error) != self.error and not self._closed:
            log.warning("%s: %s", self._name, error)
        self.error = str(error)
        longest = min(2.0**self._failures, _LONGEST_SECONDS)
        self._not_before = time.monotonic() + random.uniform(longest / 4, longest)  # noqa: S311

    def _drop(self) -> None:
        if session := self._session:
            self._spent_seconds += session.spent_seconds
            self._session = None
            with contextlib.suppress(SessionError):
                session.close()
