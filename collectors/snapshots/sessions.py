"""Who is connected, who is active, and what they wait for."""

from __future__ import annotations

from dataclasses import dataclass

from collectors.fields import gauge, label, note, row


@row(exported=False)
class SessionSample:
    """One session seen at one moment: active, or idle inside a transaction.

    `wait_type` and `wait_event` are "CPU" and "" for a session that runs and waits for nothing.
    """

    database: str = label()
    state: str = label("active, idle in transaction, idle in transaction (aborted), …")
    wait_type: str = label()
    wait_event: str = label()
    digest: str = label("Empty where the statement is not known.")
    backend_type: str = label("client backend, autovacuum worker, …")
    pid: int = note()
    user: str | None = note()
    application: str = note()
    transaction_seconds: float | None = gauge("How long its transaction is open.")
    statement_seconds: float | None = gauge("How long its statement runs.")
    state_seconds: float | None = gauge("How long it is in this state.")
    holds_horizon: bool = note("Its snapshot keeps dead rows from being removed.")
    query: str = note("Normalised text without literals.")


@dataclass(frozen=True, slots=True)
class WaitLoad:
    """Average active sessions that waited for one thing."""

    wait_type: str
    wait_event: str
    sessions: float


@dataclass(frozen=True, slots=True)
class DigestLoad:
    """Average active sessions of one statement, by what they waited for."""

    digest: str
    database: str
    wait_type: str
    sessions: float


@dataclass(frozen=True, slots=True)
class LoadMoment:
    """Average active sessions by wait type in one slice of the window; `at` is Unix seconds."""

    at: float
    by_wait_type: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class SessionLoad:
    """All session samples of the window, folded: load is average active sessions (AAS)."""

    seconds: float
    samples: int
    average_active_sessions: float
    by_wait: tuple[WaitLoad, ...]
    by_digest: tuple[DigestLoad, ...]
    timeline: tuple[LoadMoment, ...]


@row
class Connections:
    """Connections that share database, user and state."""

    database: str = label()
    user: str = label()
    state: str = label()
    connections: int = gauge("Connected clients.", fold=sum)
    oldest_state_seconds: float | None = gauge("Longest time one of them is in this state.")
