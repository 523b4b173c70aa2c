"""Formulas of parameter groups, as ``LEAST({DBInstanceClassMemory/9531392},5000)``.

The memory that AWS counts with is what the class has less what the system and the agents of RDS
take, and AWS does not tell how much that is. So with the memory of the class a result is an upper
bound: the live value is somewhat lower. Quotients are cut to whole numbers once, at the end of the
braces, which is an upper bound too.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence

from collectors.rds.classes import ACU_BYTES
from collectors.rds.cluster import Cluster
from collectors.rds.instance import Instance

_TOKEN = re.compile(r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<name>[A-Za-z]+)|(?P<sign>[-{}(),*/]))")
_OF_MANY: Mapping[str, Callable[[Sequence[float]], float]] = {
    "least": min,
    "greatest": max,
    "sum": math.fsum,
}
_DEEPEST = 20


class _Unreadable(Exception):
    """Not a formula that is understood here."""


def upper_bound(formula: str | None, variables: Mapping[str, int]) -> int | None:
    """What it gives at most, cut to a whole number; None for what can't be read or is not known.

    A plain whole number is a formula too. `variables` are those of `variables_of`.
    """
    try:
        reader = _Reader(_tokens(formula or ""), variables)
        value = reader.value()
        reader.end()
        return int(value)
    except (_Unreadable, ArithmeticError, ValueError):
        return None


def variables_of(instance: Instance, cluster: Cluster | None = None) -> dict[str, int]:
    """What AWS's formulas may name and is known of this instance.

    A serverless instance counts with the memory of the most capacity its cluster allows.
    """
    memory = instance.memory_bytes
    if instance.serverless and cluster is not None and cluster.max_acu is not None:
        memory = int(cluster.max_acu * ACU_BYTES)
    known = {
        "AllocatedStorage": instance.allocated_bytes,
        "DBInstanceClassMemory": memory,
        "DBInstanceVCPU": instance.vcpus,
        "EndPointPort": instance.port,
        "TrueIfReplica": int(instance.replica_source is not None),
    }
    return {name: value for name, value in known.items() if value is not None}


def _tokens(formula: str) -> list[str]:
    found, at = [], 0
    text = formula.strip()
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            raise _Unreadable(text[at:])
        found.append(token.group().strip())
        at = token.end()
    return found


class _Reader:
    """Reads tokens from left to right; each method leaves what it did not read."""

    def __init__(self, tokens: list[str], variables: Mapping[str, int]) -> None:
        self._left = tokens
        self._variables = variables
        self._depth = 0

    def value(self) -> float:
        """Factors between ``*`` and ``/``; what divides is a plain number, so more gives more."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _Unreadable("too deep")
        value = self._factor()
        while self._next() in ("*", "/"):
            if self._take() == "*":
                value *= self._factor()
            else:
                value /= _number(self._take())
        self._depth -= 1
        return value

    def end(self) -> None:
        if self._left:
            raise _Unreadable(self._left[0])

    def _factor(self) -> float:
        word = self._take()
        if word == "{":
            inner = self.value()
            self._expect("}")
            return float(math.trunc(inner))
        if word == "-":
            return -_number(self._take())
        if word[0].isdigit():
            return _number(word)
        return self._call(word.lower()) if self._next() == "(" else self._variable(word)

    def _call(self, name: str) -> float:
        self._expect("(")
        values = [self.value()]
        while self._next() == ",":
            self._take()
            values.append(self.value())
        self._expect(")")
        if name == "log" and len(values) == 1:
            return math.log2(values[0])
        if name not in _OF_MANY:
            raise _Unreadable(name)
        return _OF_MANY[name](values)

    def _variable(self, name: str) -> float:
        if name not in self._variables:
            raise _Unreadable(name)
        return self._variables[name]

    def _next(self) -> str:
        return self._left[0] if self._left else ""

    def _take(self) -> str:
        if not self._left:
            raise _Unreadable("it ends too early")
        return self._left.pop(0)

    def _expect(self, word: str) -> None:
        if self._take() != word:
            raise _Unreadable(f"no {word}")


def _number(word: str) -> float:
    if not word[0].isdigit():
        raise _Unreadable(word)
    return float(word)
