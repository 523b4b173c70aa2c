"""What part of a table a condition leaves when its values are unknown, from column statistics."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from collectors.snapshots.schema import Column
from rules.indexes.conditions import Search

_LIST_VALUES = 3


def matching_value(column: Column) -> float | None:
    """Part of the rows that hold one value, weighed by how often each value but NULL occurs.

    That is what a lookup meets whose values are distributed as the stored ones are. None without
    statistics.
    """
    if column.distinct_values is None or column.distinct_values <= 0:
        return None
    common = column.common_ratios
    held = 1 - (column.null_ratio or 0.0)
    if held <= 0:
        return 0.0
    rest = max(0.0, held - sum(common))
    others = max(1.0, column.distinct_values - len(common))
    return min(1.0, (sum(f * f for f in common) + rest * rest / others) / held)


def combined(ratios: Iterable[float]) -> float:
    """Conditions together, the strongest in full and each next one less: columns depend."""
    product, power = 1.0, 1.0
    for ratio in sorted(ratios):
        product *= ratio**power
        power /= 2
    return product


def left_by(search: Search, wanted: Iterable[str], columns: Mapping[str, Column]) -> float | None:
    """Part of the table that the search leaves by its conditions on these columns."""
    ratios = []
    for name in wanted:
        ratio = kept_by(search, columns[name])
        if ratio is None:
            return None
        ratios.append(ratio)
    return combined(ratios)


def kept_by(search: Search, column: Column) -> float | None:
    """Part of the table that its condition on this column leaves; None without statistics."""
    name = column.column
    if name in search.null:
        return column.null_ratio
    one = matching_value(column)
    if one is None or name in search.equal or name in search.joined:
        return one
    # Bounds are not known, so a range is not taken to leave anything out.
    return min(1.0, _LIST_VALUES * one) if name in search.listed else 1.0
