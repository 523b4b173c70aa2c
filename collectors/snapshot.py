"""Totals at a moment, and what happened between two moments: different types, on purpose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

Row = TypeVar("Row", covariant=True)


@dataclass(frozen=True, slots=True)
class Snapshot(Generic[Row]):
    """A collector's answer at one moment; counters are totals.

    `taken_at` is the server's clock in Unix seconds. `counting_since` is when its counters
    started from zero, None where the server does not say. `gaps` are sentences: what could
    not be read, and why (a database without CONNECT privilege). `partial`: rows that are still
    there on the server may be missing here, so that none may be taken for gone.
    """

    taken_at: float
    rows: tuple[Row, ...]
    counting_since: float | None = None
    gaps: tuple[str, ...] = ()
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Activity(Generic[Row]):
    """What was counted in `seconds`: counters are differences, other fields the latest value.

    Only rows that counted something are here. `accumulated` is True where one look had to do:
    the differences are then the server's totals since it began to count.
    """

    seconds: float
    rows: tuple[Row, ...]
    accumulated: bool = False
