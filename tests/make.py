"""Build a value naming only the fields a case is about."""

from __future__ import annotations

import dataclasses
from typing import Any, TypeVar, get_origin, get_type_hints

from collectors.session import Server
from collectors.snapshot import Activity, Snapshot

T = TypeVar("T")

_PLAIN: dict[Any, Any] = {str: "", int: 0, float: 0.0, bool: False, tuple: ()}


def make(cls: type[T], **given: Any) -> T:
    """Every field not given gets the plain value of its type: 0, "", False, () or None.

    >>> from collectors.snapshots.locks import LockWait
    >>> make(LockWait, blocker=42).waited_seconds
    0.0
    """
    hints = get_type_hints(cls)
    names = [f.name for f in dataclasses.fields(cls)]  # type: ignore[arg-type]
    plain = {n: _PLAIN.get(get_origin(hints[n]) or hints[n]) for n in names if n not in given}
    return cls(**plain, **given)


def row(cls: type[T], **given: Any) -> dict[str, Any]:
    """The same, as the columns a driver would hand over."""
    built: Any = make(cls, **given)
    return {f.name: getattr(built, f.name) for f in dataclasses.fields(built)}


def snapshot(*rows: T, taken_at: float = 1e9, counting_since: float | None = 0.0) -> Snapshot[T]:
    return Snapshot(taken_at, rows, counting_since)


def activity(*rows: T, seconds: float = 3600.0, accumulated: bool = False) -> Activity[T]:
    return Activity(seconds, rows, accumulated)


def server(*version: int, settings: dict[str, str] | None = None, **given: Any) -> Server:
    """A self-managed PostgreSQL 17 primary with every grant, unless told otherwise."""
    about = {"grants": frozenset({"pg_monitor", "pg_read_all_stats"}), "user": "dbtriage", **given}
    versions = {"postgres": version or (17, 2), "pg_stat_statements": (1, 11)}
    return Server("db", "postgres", versions, settings=settings or {}, **about)
