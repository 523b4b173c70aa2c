"""What a collector may ask of a connection; agent.targets implements it for each driver.

* SessionError
  - ConnectionLost   the target is gone; the agent reconnects with backoff
  - PermissionDenied the role lacks a grant; the answer is skipped with the reason
  - QueryTimeout     our own statement or lock timeout fired; asked again at the next turn
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeVar

from collectors.variants import Variants, Version

Row = TypeVar("Row")
Kept = TypeVar("Kept")

Engine = Literal["postgres", "mysql", "mariadb", "rds"]
Platform = Literal["self-managed", "rds", "aurora"]


class SessionError(Exception):
    """Base of everything a session may raise; its text holds no secret and no statement."""


class ConnectionLost(SessionError): ...


class PermissionDenied(SessionError): ...


class QueryTimeout(SessionError): ...


@dataclass(frozen=True, slots=True)
class Server:
    """What is known of a server once connected; asked again after each reconnect.

    `versions` has one entry a product: the engine and each extension of the database we are in.
    `grants` are what the role may do, in the engine's words. `settings` are current values as
    text in the server's own units. Times are Unix seconds by the server's clock.
    """

    name: str
    engine: Engine
    versions: Mapping[str, Version]
    version: str = ""
    platform: Platform = "self-managed"
    grants: frozenset[str] = frozenset()
    settings: Mapping[str, str] = field(default_factory=dict)
    database: str = ""
    user: str = ""
    is_replica: bool = False
    started_at: float | None = None
    created_at: float | None = None
    system_identifier: str | None = None
    instance: str | None = None
    memory_bytes: int | None = None
    cpus: int | None = None

    def at_least(self, *version: int) -> bool:
        """Whether the engine itself is of this version or newer."""
        return self.versions[self.engine] >= version


class Session(Protocol):
    @property
    def server(self) -> Server: ...

    def keep(self, kind: type[Kept]) -> Kept:
        """The one `kind` that is kept for this target between rounds, made at the first call."""


class SqlSession(Session, Protocol):
    def now(self) -> float:
        """The server's clock, in Unix seconds."""

    def rows(self, query: Variants, into: type[Row], **params: object) -> tuple[Row, ...]:
        """Run the variant this server can run; one `into` for each row, columns by name."""
