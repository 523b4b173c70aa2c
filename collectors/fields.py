"""Say once what a field of a row is; differences, metrics and reports all read it from there."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Collection, Iterable
from copy import copy
from functools import cache
from types import MappingProxyType
from typing import Any, Literal, TypeVar, dataclass_transform, overload

T = TypeVar("T")

Kind = Literal["label", "identity", "gauge", "counter", "note"]


def label(help: str = "") -> Any:
    """Names the thing the row is about; its values are few and outlive a reconnect."""
    return dataclasses.field(metadata={"kind": "label", "help": help})


def identity(help: str = "") -> Any:
    """Tells two counted things apart like a label, but is never shown as one (an oid, an entry)."""
    return dataclasses.field(metadata={"kind": "identity", "help": help})


def gauge(help: str, fold: Callable[[Iterable[Any]], Any] = max) -> Any:
    """A value of the moment; `fold` makes one value of the rows that share their labels."""
    return dataclasses.field(metadata={"kind": "gauge", "help": help, "fold": fold})


def counter(help: str, *, exact: bool = True) -> Any:
    """A total that only grows until the server forgets it; rows that share labels add up.

    Not `exact` is one that rounding may let fall by a hair: no sign of a reset.
    """
    return dataclasses.field(
        metadata={"kind": "counter", "help": help, "fold": sum, "exact": exact}
    )


def note(help: str = "") -> Any:
    """For rules and reports, never a Prometheus label: its values have no bound."""
    return dataclasses.field(metadata={"kind": "note", "help": help})


@overload
def row(cls: type[T]) -> type[T]: ...
@overload
def row(
    *,
    exported: bool = True,
    noun: str = "",
    unknown: Collection[str] = (),
    resets_apart: bool = False,
) -> Callable[[type[T]], type[T]]: ...
@dataclass_transform(frozen_default=True, field_specifiers=(label, identity, gauge, counter, note))
def row(
    cls: Any = None,
    *,
    exported: bool = True,
    noun: str = "",
    unknown: Collection[str] = (),
    resets_apart: bool = False,
) -> Any:
    """Make a class the row of a snapshot: slotted, never changed, every field of a declared kind.

    The class name is its noun: ``Statement.calls`` becomes ``dbtriage_statement_calls_total``.
    Rows that are not `exported` serve rules and reports only. One engine's row of a shared noun
    inherits its fields and names the `noun`; those that its server never tells are `unknown`:
    always None, so that no difference is taken and no series made of them. Where counters are
    `resets_apart`, the server may set some to zero and let others run on.
    """

    def made(cls: type[Any]) -> Any:
        # Frozen to type checkers only: to guard it at run time takes 5 µs a row in place of 0.6,
        # and a round makes ten thousand of them.
        built: Any = dataclasses.dataclass(slots=True, unsafe_hash=True)(cls)
        for field in dataclasses.fields(built):
            if "kind" not in field.metadata:
                raise TypeError(f"{cls.__name__}.{field.name} does not say what it is")
        for name in unknown:
            silent = copy(built.__dataclass_fields__[name])
            silent.metadata = MappingProxyType({"kind": "note", "help": ""})
            built.__dataclass_fields__[name] = silent
        _EXPORTED[built] = exported
        _RESETS_APART[built] = resets_apart
        _NOUNS[built] = noun or re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()
        return built

    return made if cls is None else made(cls)


_EXPORTED: dict[type[Any], bool] = {}
_NOUNS: dict[type[Any], str] = {}
_RESETS_APART: dict[type[Any], bool] = {}


def exported(cls: type[Any]) -> bool:
    """Whether the rows of this class become Prometheus series."""
    return _EXPORTED[cls]


def resets_apart(cls: type[Any]) -> bool:
    """Whether a counter that fell says nothing of the other counters of its row."""
    return _RESETS_APART[cls]


def lineage(cls: type[Any]) -> tuple[type[Any], ...]:
    """The class and the shared rows it is one engine's form of."""
    return tuple(base for base in cls.__mro__ if base in _NOUNS)


def noun(cls: type[Any]) -> str:
    """The class name in snake case, or the shared noun: what its metrics are named after."""
    return _NOUNS[cls]


def names(cls: type[Any], *kinds: Kind) -> tuple[str, ...]:
    """The fields of these kinds, in the order they are declared."""
    whose: Any = cls
    return _named(whose, kinds)


@cache
def _named(cls: Any, kinds: tuple[Kind, ...]) -> tuple[str, ...]:
    return tuple(f.name for f in dataclasses.fields(cls) if f.metadata["kind"] in kinds)


@cache
def _compiled(cls: Any, kinds: tuple[Kind, ...]) -> Callable[[Any], tuple[Any, ...]]:
    wanted = names(cls, *kinds)
    body = "".join(f"r.{name}, " for name in wanted)
    # Compiled once a class: five thousand rows a round are read this way.
    return eval(f"lambda r: ({body})")  # type: ignore[no-any-return]  # noqa: S307


def reader(cls: type[Any], *kinds: Kind) -> Callable[[Any], tuple[Any, ...]]:
    """Reads the values of these kinds from a row of the class, in the order of `names`."""
    whose: Any = cls
    return _compiled(whose, kinds)


def adder(cls: type[Any]) -> Callable[[tuple[Any, ...], tuple[Any, ...]], tuple[Any, ...]]:
    """Adds up the counters of two rows of a class; None is what was not counted."""
    whose: Any = cls
    return _adding(whose)


@cache
def _adding(cls: Any) -> Callable[[tuple[Any, ...], tuple[Any, ...]], tuple[Any, ...]]:
    parts = ", ".join(
        f"(a[{i}] if b[{i}] is None else b[{i}] if a[{i}] is None else a[{i}] + b[{i}])"
        for i in range(len(names(cls, "counter")))
    )
    return eval(f"lambda a, b: ({parts},)")  # type: ignore[no-any-return]  # noqa: S307
