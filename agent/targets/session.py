"""What the agent needs of a driver beside what collectors may ask."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from collectors.session import Session, SqlSession


class Listed(Protocol):
    """A database of the server; `allowed`: we may connect to it."""

    @property
    def name(self) -> str: ...
    @property
    def allowed(self) -> bool: ...


class Held(Session, Protocol):
    """What a lane holds open. `spent_seconds` is the time spent waiting for its answers."""

    spent_seconds: float

    def cut(self) -> None:
        """From another thread: a question under way ends as a lost connection."""

    def close(self) -> None: ...


class TargetSession(Held, SqlSession, Protocol):
    """One connection to a database server."""

    def databases(self) -> Sequence[Listed]:
        """Those whose catalog is their own, so that each is asked over a connection to it."""

    def leave(self) -> None:
        """Close, and wait a moment for the server to let go."""


class Address(Protocol):
    """How to reach a server."""

    def in_database(self, database: str) -> Address: ...

    def connect(self, kept: dict[type, Any] | None = None) -> TargetSession:
        """Open a session that is read-only and bounded in time; SessionError says why not."""
