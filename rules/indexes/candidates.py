"""Which indexes are worth trying for a search, and which exist already."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from collectors.snapshots.schema import Column, Index
from rules.indexes.conditions import Search
from rules.indexes.selectivity import kept_by

_MOST_COLUMNS = 4
_WIDEST_BYTES = 512
_NOT_FOR_BTREE = re.compile(
    r"(json|jsonb|xml|point|line|lseg|box|path|polygon|circle|tsvector|tsquery|.*\[\])(\(.*\))?"
)

Columns = tuple[str, ...]


def candidates(search: Search, columns: Mapping[str, Column]) -> tuple[Columns, ...]:
    """Key columns to try: what is compared for equality first, then one range or the order."""
    found = (tuple(dict.fromkeys(each))[:_MOST_COLUMNS] for each in _variants(search, columns))
    whole = (each for each in found if each and all(_indexable(columns.get(c)) for c in each))
    return tuple(dict.fromkeys(whole))


def prefixes(key: Columns) -> tuple[Columns, ...]:
    """Every shorter key that this one begins with, the shortest first."""
    return tuple(key[:length] for length in range(1, len(key)))


def served(search: Search, key: Columns, indexes: Iterable[Index]) -> bool:
    """Whether a usable index exists that finds the same rows in the same order."""
    fixed = {*search.equal, *search.joined}
    head = 0
    while head < len(key) and key[head] in fixed:
        head += 1
    return any(_leads(index, key, head) or _finds_one(index, fixed) for index in indexes)


def _leads(index: Index, key: Columns, head: int) -> bool:
    """Columns compared for equality may come in any order."""
    usable = index.method == "btree" and index.valid and index.predicate is None
    same = set(index.columns[:head]) == set(key[:head])
    return usable and same and index.columns[head : len(key)] == key[head:]


def _finds_one(index: Index, fixed: set[str]) -> bool:
    return index.unique and index.valid and index.predicate is None and set(index.columns) <= fixed


def _variants(search: Search, columns: Mapping[str, Column]) -> Iterator[Sequence[str]]:
    equal = _strongest_first(search, search.equal, columns)
    joined = _strongest_first(search, search.joined, columns)
    listed = _strongest_first(search, search.listed, columns)[:1]
    ranged = _strongest_first(search, search.ranged, columns)[:1]
    order = [c for c in search.ordered if c not in equal]
    yield equal
    for tail in (ranged, listed, order):
        yield [*equal, *tail] if tail and (equal or tail is not order or search.limited) else ()
    yield [*equal, *listed, *ranged] if listed and ranged else ()
    yield joined
    yield [*joined, *equal] if equal and joined else ()
    yield [*equal, *joined] if equal and joined else ()
    yield [*joined, *ranged] if joined and ranged else ()


def _strongest_first(
    search: Search, names: Iterable[str], columns: Mapping[str, Column]
) -> list[str]:
    def strength(name: str) -> tuple[float, str]:
        column = columns.get(name)
        ratio = kept_by(search, column) if column else None
        return (1.0 if ratio is None else ratio), name

    return sorted(names, key=strength)


def _indexable(column: Column | None) -> bool:
    return (
        column is not None
        and not _NOT_FOR_BTREE.fullmatch(column.type)
        and (column.average_bytes or 0) <= _WIDEST_BYTES
    )
