"""When the counters of a view started from zero."""

from __future__ import annotations

from dataclasses import dataclass

from collectors.session import SqlSession
from collectors.variants import Variants


@dataclass(frozen=True, slots=True)
class Reset:
    """`at` is Unix seconds; None where the view never was reset."""

    at: float | None


def counting_since(db: SqlSession, resets: Variants) -> float | None:
    """The last reset of a view, or else when the server was made.

    Asked before the counters: a reset in between then looks like any other. Asked after, the
    totals of years would count as made since.
    """
    for reset in db.rows(resets, Reset):
        if reset.at is not None:
            return reset.at
    return db.server.created_at
