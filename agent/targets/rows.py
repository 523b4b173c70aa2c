"""Rows of typed fields out of a driver's tuples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from functools import cache
from typing import Any, get_origin, get_type_hints


def places(into: Any, columns: tuple[str, ...]) -> list[int]:
    """The column of each field; a column too many or too few is a TypeError."""
    names = tuple(f.name for f in fields(into))
    if set(names) != set(columns) or len(names) != len(columns):
        odd = sorted(set(names) ^ set(columns))
        raise TypeError(f"columns and fields of {into.__name__} differ: {', '.join(odd)}")
    return [columns.index(name) for name in names]


@cache
def builder(into: Any, columns: tuple[str, ...]) -> Callable[[tuple[Any, ...]], Any]:
    """Make a row of a tuple of columns; a column too many or too few is a TypeError."""
    names, at = tuple(f.name for f in fields(into)), places(into, columns)
    hints = get_type_hints(into)
    arrays = {i for i, name in enumerate(names) if get_origin(hints[name]) is tuple}
    if not arrays and at == sorted(at):
        return lambda values: into(*values)
    return lambda values: into(
        *(tuple(values[c]) if i in arrays else values[c] for i, c in enumerate(at))
    )
