"""Which index can stand in for which: the comparison behind duplicate and redundant indexes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from collectors.snapshots.schema import ForeignKey, Index

T = TypeVar("T")
# Descending and nulls-first both turn round when a b-tree is read backwards.
_BACKWARDS = 3
# Two may differ in their parser, which no catalogue tells.
_FULLTEXT = "fulltext"


def covers(wide: Index, narrow: Index) -> bool:
    """Whether every search and order that `narrow` gives, `wide` gives too."""
    length = len(narrow.columns)
    return (
        _same_place(wide, narrow)
        and wide.method == "btree"
        and len(wide.columns) >= length
        and _keys_match(wide, narrow, length)
        and (wide.visible or not narrow.visible)
        and set(narrow.included) <= {*wide.columns, *wide.included}
    )


def duplicates(one: Index, other: Index) -> bool:
    """Whether the two hold the same entries in the same order (or the exact reverse)."""
    return (
        _same_place(one, other)
        and one.method != _FULLTEXT
        and len(one.columns) == len(other.columns)
        and one.prefixes == other.prefixes
        and _keys_match(one, other, len(one.columns))
        and set(one.included) == set(other.included)
    )


def expendable(index: Index) -> bool:
    """Whether it serves searches only: no constraint, identity or partitioned index needs it."""
    return not (
        index.unique
        or index.primary
        or index.exclusion
        or index.constraint
        or index.referenced
        or index.replica_identity
        or index.partition_child
        or index.building
    )


def searched(index: Index) -> int:
    """How much it is used: scans, or on an engine that counts none the rows read through it."""
    return (index.scans if index.scans is not None else index.rows_read) or 0


def use_of(index: Index, kept: Index) -> dict[str, int | None]:
    """Evidence of how much an index is used beside the one that stays."""
    if index.scans is None:
        return {"rows_read": index.rows_read, "kept_rows_read": kept.rows_read}
    return {"scans": index.scans, "kept_scans": kept.scans}


def covers_by_key(wide: Index, narrow: Index, primary: Index | None) -> bool:
    """Whether it covers `narrow` with the primary key's columns, which InnoDB adds to its own.

    Not where `narrow` stands in for it in turn: one of the two must stay.
    """
    mutual = expendable(wide) and covers(narrow, wide)
    if primary is None or wide.primary or narrow.primary or mutual:
        return False
    added = [n for n, c in enumerate(primary.columns) if c not in wide.columns]
    if any(primary.prefixes) or any(wide.prefixes) or any(narrow.prefixes):
        return False
    extended = replace(
        wide,
        columns=(*wide.columns, *(primary.columns[n] for n in added)),
        opclasses=_extended(wide.opclasses, primary.opclasses, added),
        collations=_extended(wide.collations, primary.collations, added),
        options=_extended(wide.options, primary.options, added),
        prefixes=(),
    )
    return covers(extended, replace(narrow, prefixes=()))


def _extended(own: tuple[T, ...], more: tuple[T, ...], added: Sequence[int]) -> tuple[T, ...]:
    return (*own, *(more[n] for n in added)) if more else own


def leads_with(index: Index, columns: Sequence[str]) -> bool:
    """Whether it is a valid full b-tree whose first columns are these, in this order."""
    return _searchable(index) and index.columns[: len(columns)] == tuple(columns)


def key_columns(keys: Iterable[ForeignKey]) -> frozenset[tuple[str, ...]]:
    """Database, schema, table and name of each column of a foreign key."""
    return frozenset((k.database, k.schema, k.table, c) for k in keys for c in k.columns)


def serves_key(index: Index, columns: frozenset[tuple[str, ...]]) -> bool:
    """Whether lookups by a foreign key, whose `key_columns` these are, may go through the index.

    Its first column is enough: the planner filters by the rest.
    """
    return (index.database, index.schema, index.table, *index.columns[:1]) in columns


def _searchable(index: Index) -> bool:
    return index.method == "btree" and index.valid and index.predicate is None


def _same_place(one: Index, other: Index) -> bool:
    def place(index: Index) -> tuple[object, ...]:
        return index.database, index.schema, index.table, index.method, index.predicate

    both_live = one.valid and one.ready and other.valid and other.ready
    others = (one.oid, one.index) != (other.oid, other.index)
    return others and both_live and place(one) == place(other)


def _keys_match(wide: Index, narrow: Index, length: int) -> bool:
    return (
        wide.columns[:length] == narrow.columns
        and wide.opclasses[:length] == narrow.opclasses
        and wide.collations[:length] == narrow.collations
        and _prefixes_reach(wide.prefixes, narrow.prefixes)
        and _orders_match(wide.options[:length], narrow.options)
        and ("" not in narrow.columns or wide.expressions == narrow.expressions)
    )


def _prefixes_reach(wide: tuple[int, ...], narrow: tuple[int, ...]) -> bool:
    """An index on leading characters can't stand in for one on the whole column (0)."""
    return all(w == 0 or 0 < n <= w for w, n in zip(wide, narrow, strict=False))


def _orders_match(wide: tuple[int, ...], narrow: tuple[int, ...]) -> bool:
    return wide == narrow or wide == tuple(bits ^ _BACKWARDS for bits in narrow)
