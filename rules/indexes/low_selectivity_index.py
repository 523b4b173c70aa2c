"""An index on a column of very few values."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.session import Server
from collectors.snapshot import Snapshot
from collectors.snapshots.schema import Column, ForeignKey, Index
from rules.base import (
    MYSQL,
    SQL,
    Confidence,
    Finding,
    Gain,
    Impact,
    Remedy,
    Severity,
    Subject,
    rule,
)
from rules.indexes.catalogue import called
from rules.indexes.coverage import expendable
from rules.indexes.dropping import drop
from rules.indexes.key_needs import named, needed_by_keys
from rules.indexes.mysql_dropping import hide_then_drop
from rules.locks.blockers import counted
from rules.wording import share, size

# A scan that returns a tenth of a table is not faster than reading the table.
_MANY_RATIO = 0.1
_ALL_RATIO = 0.995
_DAY_SECONDS = 86400.0
# From here on unused-index tells what nobody reads.
_UNUSED_DAYS = 30.0


@rule(
    title="An index is not selective",
    severity=Severity.LOW,
    confidence=Confidence.ESTIMATED,
    see=(
        "https://www.postgresql.org/docs/current/indexes-partial.html",
        "https://dev.mysql.com/doc/refman/8.4/en/multiple-column-indexes.html",
        "https://mariadb.com/kb/en/index-statistics/",
    ),
    engines=SQL,
)
def low_selectivity_index(  # noqa: PLR0913
    indexes: Snapshot[Index],
    columns: Snapshot[Column],
    foreign_keys: Snapshot[ForeignKey],
    server: Server,
    *,
    maximum_values: float = 5,
    minimum_bytes: float = 10 * 2**20,
    minimum_days: float = 7,
) -> Iterator[Finding]:
    """An index on a column with a handful of values finds a tenth of the table or more a scan.

    Why it matters
        Reading so much of a table through an index is no faster than reading it in order, so
        the planner avoids the index; each write pays for it all the same.

    What to do
        Where a rare value is what statements look for, keep a partial index on it: measured
        0.2 MB instead of 6.6 MB. Where all values are common, drop the index. MySQL and MariaDB
        have no partial indexes: drop it, or lead with a second column that statements compare.

    When to ignore
        It serves index-only counts. Indexes whose scans find few rows are left out. Where the
        server counts rows but no scans (MySQL, MariaDB), so are those read at all within a
        week; after a month unused-index tells the others.
    """
    known = {(c.database, c.schema, c.table, c.column): c for c in columns.rows}
    needed = needed_by_keys(server, indexes.rows, foreign_keys.rows)
    since = indexes.counting_since
    days = (indexes.taken_at - since) / _DAY_SECONDS if since is not None else 0.0
    watched = minimum_days <= days < _UNUSED_DAYS
    for index in indexes.rows:
        if len(index.columns) != 1 or not _plain(index) or index.size_bytes < minimum_bytes:
            continue
        column = known.get((index.database, index.schema, index.table, index.columns[0]))
        values = (column and column.distinct_values) or index.distinct_values or 0
        if not 0 < values <= maximum_values or named(index) in needed:
            continue
        if _finds_many(index, column, watched=watched):
            yield _finding(server, index, column, values)


def _plain(index: Index) -> bool:
    searchable = index.method in ("btree", "hash") and index.predicate is None and index.visible
    return searchable and index.valid and expendable(index) and bool(index.rows)


def _finds_many(index: Index, column: Column | None, *, watched: bool) -> bool:
    """By the rows its scans found; unscanned, by there being no rare value to look for.

    Where scans are not counted and common values not known, only what nobody reads is sure.
    """
    if index.scans:
        return (index.rows_read or 0) / index.scans >= _MANY_RATIO * (index.rows or 0)
    if column and (column.common_ratios or index.scans is not None):
        return not _rare_value(column)
    return index.scans is None and index.rows_read == 0 and watched


def _rare_value(column: Column) -> bool:
    shares = [r for r in (*column.common_ratios, column.null_ratio or 0) if r >= _MANY_RATIO]
    values = [r for r in column.common_ratios if r >= _MANY_RATIO]
    return sum(shares) < _ALL_RATIO or len(values) < (column.distinct_values or 0)


def _finding(server: Server, index: Index, column: Column | None, values: float) -> Finding:
    ours = server.engine in MYSQL
    remedy = _of_mysql(server, index) if ours else _of_postgres(index, column)
    name = called(server, index)
    return Finding(
        subject=Subject("index", name, index.database),
        summary=(
            f"{name} ({size(index.size_bytes)}) is on {index.columns[0]}, which has about "
            f"{counted(round(values), 'value')}; {_use(index)}."
        ),
        evidence={
            "table": f"{index.schema}.{index.table}",
            "distinct_values": values,
            "scans": index.scans,
            "rows_read": index.rows_read,
            "found_ratio_per_scan": _found_ratio(index),
            "size_bytes": index.size_bytes,
        },
        impact=Impact(Gain.SPACE, index.size_bytes),
        remedy=remedy,
    )


def _found_ratio(index: Index) -> float | None:
    """Part of the rows that a scan finds; None where scans are not counted, or there were none."""
    return (index.rows_read or 0) / index.scans / index.rows if index.scans and index.rows else None


def _use(index: Index) -> str:
    found = _found_ratio(index)
    if found:
        return f"a scan finds {share(found)} of the rows"
    return "nothing scans it" if not index.rows_read else "each of them is common"


def _of_postgres(index: Index, column: Column | None) -> Remedy:
    name = index.columns[0]
    text = (
        f"Replace {index.name} by a partial index on the rare values (… WHERE {name} = "
        "the rare value) if a statement looks for them; else drop it."
        if column and _rare_value(column)
        else f"Drop {index.name}: every value of {name} is common."
    )
    return drop(index, text, "Counts by index-only scan on this column read the table.")


def _of_mysql(server: Server, index: Index) -> Remedy:
    return hide_then_drop(
        server,
        index,
        f"Drop {called(server, index)}: {index.columns[0]} alone finds too much of the table. "
        "If a statement also compares another column, make one index on both instead.",
        "Counts by this column read the table.",
    )
