"""Which index can stand in for which: the comparison behind duplicate and redundant indexes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from collectors.snapshots.schema import ForeignKey, Index

# Descending and nulls-first both turn round when a b-tree is read backwards.
_BACKWARDS = 3


def covers(wide: Index, narrow: Index) -> bool:
    """Whether every search and order that `narrow` gives, `wide` gives too."""
    length = len(narrow.columns)
    return (
        _same_place(wide, narrow)
        and wide.method == "btree"
        and len(wide.columns) >= length
        and _keys_match(wide, narrow, length)
        and set(narrow.included) <= {*wide.columns, *wide.included}
    )


def duplicates(one: Index, other: Index) -> bool:
    """Whether the two hold the same entries in the same order (or the exact reverse)."""
    return (
        _same_place(one, other)
        and len(one.columns) == len(other.columns)
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
    return one.oid != other.oid and both_live and place(one) == place(other)


def _keys_match(wide: Index, narrow: Index, length: int) -> bool:
    return (
        wide.columns[:length] == narrow.columns
        and wide.opclasses[:length] == narrow.opclasses
        and wide.collations[:length] == narrow.collations
        and _orders_match(wide.options[:length], narrow.options)
        and ("" not in narrow.columns or wide.expressions == narrow.expressions)
    )


def _orders_match(wide: tuple[int, ...], narrow: tuple[int, ...]) -> bool:
    return wide == narrow or wide == tuple(bits ^ _BACKWARDS for bits in narrow)
