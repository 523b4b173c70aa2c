"""Metric families of one target, rendered column by column.

`prometheus_client` takes some 10 µs a sample; a target with 5,000 statements has 96,000. Here
the labels of a row are escaped once, when its series is new, and a family is one join.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from collectors.fields import names, noun, reader

# Control characters are shown as \x1b: a terminal would obey them, some parsers split at them.
_ODD = (*range(32), *range(127, 160), 0x2028, 0x2029)
_ESCAPES: dict[int, str] = {c: "\\\\" + ascii(chr(c))[2:-1] for c in _ODD} | {
    ord("\\"): "\\\\", ord("\n"): "\\n", ord('"'): '\\"',
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Family:
    """`name` is without the ``_total`` that samples of a counter end in; `samples` is text."""

    name: str
    kind: str
    help: str
    samples: str
    count: int


def escaped(value: str) -> str:
    """A label value as the exposition format takes it."""
    return value.translate(_ESCAPES)


def labels(pairs: Mapping[str, str]) -> str:
    """``a="1",b="2"``."""
    return ",".join(f'{name}="{escaped(value)}"' for name, value in pairs.items())


def family(name: str, kind: str, help: str, samples: Iterable[tuple[str, float]]) -> Family:
    """A family of (labels, value) pairs."""
    suffix = "_total" if kind == "counter" else ""
    lines = [f"{name}{suffix}{{{of}}} {number(value)}\n" for of, value in samples]
    return Family(name, kind, help, "".join(lines), len(lines))


def number(value: Any) -> str:
    """A sample's value; booleans as 1 and 0."""
    return str(int(value)) if isinstance(value, bool) else str(value)


def columns(
    name: str, kind: str, help: str, of: Sequence[str], values: Sequence[Any]
) -> Family | None:
    """One family from two columns, labels and values; None where no value is known."""
    if None in values:
        kept = [(o, v) for o, v in zip(of, values, strict=True) if v is not None]
        of, values = [o for o, _ in kept], [v for _, v in kept]
    if not of:
        return None
    suffix = "_total" if kind == "counter" else ""
    plain = map(_plain, values) if values and isinstance(values[0], bool) else values
    parts: list[str] = [""] * (4 * len(of))
    parts[0::4] = [f"\n{name}{suffix}{{"] * len(of)
    parts[1::4] = of
    parts[2::4] = ["} "] * len(of)
    parts[3::4] = map(str, plain)
    return Family(name, kind, help, "".join(parts)[1:] + "\n" * bool(of), len(of))


def _plain(value: Any) -> Any:
    return int(value) if isinstance(value, bool) else value


def gauges(rows: Sequence[Any], row: type[Any], target: str) -> list[Family]:
    """The gauge families of a snapshot's rows; rows with the same labels are folded."""
    groups: dict[tuple[Any, ...], list[Any]] = defaultdict(list)
    key = reader(row, "label")
    for r in rows:
        groups[key(r)].append(r)
    of = [row_labels(row, labels, target) for labels in groups]
    made = []
    for field in dataclasses.fields(row):
        if field.metadata["kind"] == "gauge":
            values = [_folded(field, group) for group in groups.values()]
            name = f"dbtriage_{noun(row)}_{field.name}"
            made.append(columns(name, "gauge", field.metadata["help"], of, values))
    return [family for family in made if family]


def row_labels(row: type[Any], values: tuple[Any, ...], target: str) -> str:
    pairs = zip(names(row, "label"), values, strict=True)
    return ",".join((target, *(f'{name}="{escaped(str(value))}"' for name, value in pairs)))


def _folded(field: dataclasses.Field[Any], group: Sequence[Any]) -> Any:
    values = [v for r in group if (v := getattr(r, field.name)) is not None]
    return field.metadata["fold"](values) if values else None
