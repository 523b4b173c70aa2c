"""Which indexes foreign keys need."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from collectors.mysql.auto_increment import AutoIncrement
from collectors.session import Server
from collectors.snapshot import Snapshot
from collectors.snapshots.schema import ForeignKey, Index
from rules.base import MYSQL
from rules.indexes.catalogue import Place, by_table, place
from rules.indexes.coverage import expendable, key_columns, searched, serves_key

Named = tuple[Place, str]


def named(index: Index) -> Named:
    return place(index), index.index


def needed_by_keys(
    server: Server,
    indexes: Sequence[Index],
    keys: Sequence[ForeignKey],
    numbered: Snapshot[AutoIncrement] | None = None,
) -> frozenset[Named]:
    """The indexes that a foreign key would miss, or an AUTO_INCREMENT column.

    PostgreSQL may search by any index on its first column. InnoDB insists on one that begins with
    all its columns, on either side; where several do, one of them is enough.
    """
    if server.engine not in MYSQL:
        keyed = key_columns(keys)
        return frozenset(named(i) for i in indexes if serves_key(i, keyed))
    of_table = by_table(indexes)
    return frozenset(
        named(chosen)
        for where, wanted in _wanted(keys, numbered.rows if numbered else ())
        for chosen in _chosen(of_table.get(where, ()), wanted)
    )


def _wanted(
    keys: Iterable[ForeignKey], numbered: Iterable[AutoIncrement]
) -> Iterator[tuple[Place, frozenset[tuple[str, ...]]]]:
    """What each table must find: its own references, itself when others refer to it, a number."""
    wanted: dict[Place, set[tuple[str, ...]]] = defaultdict(set)
    for key in keys:
        wanted[place(key)].add(key.columns)
        # A schema is a database there.
        parent = (key.referenced_schema, key.referenced_schema, key.referenced_table)
        wanted[parent].add(key.referenced_columns)
    for each in numbered:
        wanted[each.database, each.schema, each.table].add((each.column,))
    return ((where, frozenset(columns)) for where, columns in wanted.items())


def _chosen(indexes: Iterable[Index], wanted: Iterable[tuple[str, ...]]) -> Iterator[Index]:
    own = list(indexes)
    for columns in wanted:
        able = [i for i in own if _begins_with(i, columns)]
        if able:
            yield max(able, key=lambda i: (not expendable(i), searched(i)))


def _begins_with(index: Index, columns: Sequence[str]) -> bool:
    length = len(columns)
    whole = not any(index.prefixes[:length])
    return whole and index.method == "btree" and index.columns[:length] == tuple(columns)
