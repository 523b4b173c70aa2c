"""Values as a parameter group takes them: what is allowed, and what is the same."""

from __future__ import annotations

import re
from collections.abc import Iterable

from collectors.rds.parameters import Parameter

_ON, _OFF = frozenset({"1", "on", "true", "yes"}), frozenset({"0", "off", "false", "no"})
_RANGE = re.compile(r"\s*(-?[\d.]+(?:e[+-]?\d+)?)\s*-\s*(-?[\d.]+(?:e[+-]?\d+)?)\s*", re.IGNORECASE)


def is_on(value: str | None) -> bool:
    return value is not None and value.lower() in _ON


def is_off(value: str | None) -> bool:
    return value is not None and value.lower() in _OFF


def as_number(value: str | None) -> float | None:
    """None for what is not a plain number."""
    try:
        return float(value) if value else None
    except ValueError:
        return None


def same(one: str | None, other: str | None) -> bool:
    """1, on and ON are; so are 10 and 10.000000."""
    if one is None or other is None:
        return one is other
    numbers = as_number(one), as_number(other)
    if None not in numbers:
        return numbers[0] == numbers[1]
    return one.lower() == other.lower() or any(
        {one.lower(), other.lower()} <= words for words in (_ON, _OFF)
    )


def spelled(parameter: Parameter, value: str) -> str | None:
    """As this group writes it; None where it is not allowed."""
    words = value.split(",") if parameter.data_type == "list" else [value]
    written = [_written(parameter.allowed, word.strip()) for word in words]
    return None if None in written else ",".join(w for w in written if w is not None)


def _written(allowed: str, value: str) -> str | None:
    """A formula is not compared with bounds: AWS does that when it has a number."""
    if not allowed or value.startswith(("{", "GREATEST", "LEAST", "SUM")):
        return value
    choices = [choice.strip() for choice in allowed.split(",")]
    for choice in choices:
        if choice == value:
            return value
    if _within(choices, as_number(value)):
        return value
    return next((choice for choice in choices if same(choice, value)), None)


def _within(choices: Iterable[str], number: float | None) -> bool:
    for choice in choices:
        bounds = _RANGE.fullmatch(choice)
        if bounds and number is not None and float(bounds[1]) <= number <= float(bounds[2]):
            return True
    return False
