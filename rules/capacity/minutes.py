"""The rows of CloudWatch as series of numbers: what is known, the latest, the last few."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

from collectors.session import Points


class Timed(Protocol):
    """A minute or an hour that began `at`."""

    @property
    def at(self) -> float: ...


Row = TypeVar("Row", bound=Timed)


def points(rows: Iterable[Row], read: Callable[[Row], float | None]) -> Points:
    """What `read` finds in each row, without the rows where it is unknown."""
    return tuple((row.at, value) for row in rows if (value := read(row)) is not None)


def last(rows: Iterable[Row], count: int, read: Callable[[Row], float | None]) -> tuple[float, ...]:
    """The `count` latest known values, oldest first; none at all where fewer are known."""
    values = tuple(value for _, value in points(rows, read))
    return values[-count:] if len(values) >= count else ()


def latest(rows: Iterable[Row], read: Callable[[Row], float | None]) -> float | None:
    """The latest known value."""
    (value,) = last(rows, 1, read) or (None,)
    return value


def mean(values: tuple[float, ...]) -> float | None:
    """None of nothing."""
    return sum(values) / len(values) if values else None


def both(one: float | None, other: float | None) -> float | None:
    """The sum; unknown where one of them is."""
    return None if one is None or other is None else one + other
