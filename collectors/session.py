"""What a collector may ask of a connection; agent.targets implements it for each driver.

* SessionError
  - ConnectionLost   the target is gone; the agent reconnects with backoff
  - PermissionDenied the role lacks a grant; the answer is skipped with the reason
  - QueryTimeout     our own statement or lock timeout fired; asked again at the next turn
  - NotOffered       this target has no such thing to tell of; skipped with the reason
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeVar

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


class NotOffered(SessionError): ...


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


@dataclass(frozen=True, slots=True)
class MetricQuery:
    """One CloudWatch time series: `dimensions` are pairs of name and value."""

    metric: str
    statistic: str
    dimensions: tuple[tuple[str, str], ...]
    namespace: str = "AWS/RDS"


# Unix seconds of the start of each period, and the value; oldest first, without empty periods.
Points = tuple[tuple[float, float], ...]


class AwsSession(Session, Protocol):
    """The APIs of one account and region, as far as they are about one RDS or Aurora instance.

    `instance` is its identifier, `resource_id` the name Performance Insights knows it by. Answers
    are shared by all targets of the account while they are younger than `fresh_seconds`.
    PermissionDenied names the IAM action, NotOffered what the service lacks here.
    """

    @property
    def instance(self) -> str: ...
    @property
    def resource_id(self) -> str: ...
    @property
    def region(self) -> str: ...

    def now(self) -> float:
        """This machine's clock, in Unix seconds."""

    def call(
        self, service: str, operation: str, *, fresh_seconds: float = 0, **parameters: Any
    ) -> Mapping[str, Any]:
        """One answer: ``call("pi", "describe_dimension_keys", Metric=…)``."""

    def pages(
        self, service: str, operation: str, of: str, *, fresh_seconds: float = 0, **parameters: Any
    ) -> Sequence[Mapping[str, Any]]:
        """The members of the list `of` in all pages of the answer."""

    def metrics(
        self, queries: Sequence[MetricQuery], *, period_seconds: int, span_seconds: int
    ) -> Mapping[MetricQuery, Points]:
        """The last `span_seconds` of each series; one that has no data has no points."""
