"""An index on a column of very few values."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.snapshot import Snapshot
from collectors.snapshots.schema import Column, ForeignKey, Index
from rules.base import Confidence, Finding, Gain, Impact, Severity, Subject, rule
from rules.indexes.coverage import expendable, key_columns, serves_key
from rules.indexes.dropping import drop
from rules.wording import share, size

# A scan that returns a tenth of a table is not faster than reading the table.
_MANY_RATIO = 0.1
_ALL_RATIO = 0.995


@rule(
    title="An index is not selective",
    severity=Severity.LOW,
    confidence=Confidence.ESTIMATED,
    see=("https://www.postgresql.org/docs/current/indexes-partial.html",),
)
def low_selectivity_index(
    indexes: Snapshot[Index],
    columns: Snapshot[Column],
    foreign_keys: Snapshot[ForeignKey],
    *,
    maximum_values: float = 5,
    minimum_bytes: float = 10 * 2**20,
) -> Iterator[Finding]:
    """An index on a column with a handful of values finds a tenth of the table or more a scan.

    Why it matters
        Reading so much of a table through an index is no faster than reading it in order, so
        the planner avoids the index; each write pays for it all the same.

    What to do
        Where a rare value is what statements look for, keep a partial index on it: measured
        0.2 MB instead of 6.6 MB. Where all values are common, drop the index.

    When to ignore
        It serves index-only counts. Indexes whose scans find few rows are left out.
    """
    known = {(c.database, c.schema, c.table, c.column): c for c in columns.rows}
    keyed = key_columns(foreign_keys.rows)
    for index in indexes.rows:
        if len(index.columns) != 1 or not _plain(index) or index.size_bytes < minimum_bytes:
            continue
        column = known.get((index.database, index.schema, index.table, index.columns[0]))
        if column is None or not 0 < (column.distinct_values or 0) <= maximum_values:
            continue
        if _finds_many(index, column) and not serves_key(index, keyed):
            yield _finding(index, column)


def _plain(index: Index) -> bool:
    searchable = index.method in ("btree", "hash") and index.predicate is None
    return searchable and index.valid and expendable(index) and bool(index.rows)


def _finds_many(index: Index, column: Column) -> bool:
    """By the rows its scans found; unscanned, by there being no rare value to look for."""
    if index.scans:
        return (index.rows_read or 0) / index.scans >= _MANY_RATIO * (index.rows or 0)
    return not _rare_value(column)


def _rare_value(column: Column) -> bool:
    shares = [r for r in (*column.common_ratios, column.null_ratio or 0) if r >= _MANY_RATIO]
    values = [r for r in column.common_ratios if r >= _MANY_RATIO]
    return sum(shares) < _ALL_RATIO or len(values) < (column.distinct_values or 0)


def _finding(index: Index, column: Column) -> Finding:
    found = (
        (index.rows_read or 0) / index.scans / index.rows if index.scans and index.rows else None
    )
    text = (
        f"Replace {index.name} by a partial index on the rare values (… WHERE {column.column} = "
        "the rare value) if a statement looks for them; else drop it."
        if _rare_value(column)
        else f"Drop {index.name}: every value of {column.column} is common."
    )
    return Finding(
        subject=Subject("index", index.name, index.database),
        summary=(
            f"{index.name} ({size(index.size_bytes)}) is on {column.column}, which has about "
            f"{column.distinct_values:.0f} values"
            + (f"; a scan finds {share(found)} of the rows." if found else "; nothing scans it.")
        ),
        evidence={
            "table": f"{index.schema}.{index.table}",
            "distinct_values": column.distinct_values,
            "scans": index.scans,
            "found_ratio_per_scan": found,
            "size_bytes": index.size_bytes,
        },
        impact=Impact(Gain.SPACE, index.size_bytes),
        remedy=drop(index, text, "Counts by index-only scan on this column read the table."),
    )
