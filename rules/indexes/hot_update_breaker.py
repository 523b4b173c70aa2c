"""An index that keeps updates from being heap-only (HOT)."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator

from collectors.postgres.postgres_table import PostgresTable
from collectors.snapshot import Activity, Snapshot
from collectors.snapshots.schema import Index
from collectors.snapshots.statements import Statement
from rules.base import Finding, Gain, Impact, Severity, Subject, rule
from rules.indexes.catalogue import by_table, place
from rules.indexes.coverage import expendable
from rules.indexes.dropping import drop
from rules.wording import share

# Measured on PostgreSQL 15: 3.8 microseconds an update stays HOT, 19.5 where an index stops it.
_SAVED_SECONDS_AN_UPDATE = 16e-6
_MINIMUM_SHARE = 0.2
_SCANS_AN_UPDATE = 0.1
_UPDATE = re.compile(
    r'\s*update\s+(?:only\s+)?(?:"?(?P<schema>\w+)"?\.)?"?(?P<table>\w+)"?'
    r"(?:\s+(?:as\s+)?\w+)?\s+set\s+(?P<set>.*?)(?:\s(?:from|where|returning)\s|$)",
    re.IGNORECASE | re.DOTALL,
)
_ASSIGNED = re.compile(r'(?:^|,)\s*"?(\w+)"?\s*=(?!=)')


@rule(
    title="A little-used index makes updates expensive",
    severity=Severity.MEDIUM,
    see=("https://www.postgresql.org/docs/current/storage-hot.html",),
)
def hot_update_breaker(
    tables: Activity[PostgresTable],
    indexes: Snapshot[Index],
    statements: Activity[Statement],
    *,
    minimum_updates_per_second: float = 50,
    maximum_hot_ratio: float = 0.5,
) -> Iterator[Finding]:
    """Updates change a column of an index that is hardly searched, so none of them can be HOT.

    Why it matters
        An update that changes no indexed column writes one row version. If it changes one, it
        writes an entry into every index of the table: five times the time and the log.

    What to do
        Drop the index, or take the often changed column out of it.

    When to ignore
        The few searches it serves are worth more than the updates it slows.
    """
    of_table = by_table(indexes.rows)
    changed_rows = _changed_rows(statements)
    for table in tables.rows:
        rate = table.updates / tables.seconds if tables.seconds > 0 else 0.0
        if rate < minimum_updates_per_second:
            continue
        if table.hot_updates >= maximum_hot_ratio * table.updates:
            continue
        changed = _shares(table, changed_rows)
        for index in of_table.get(place(table), ()):
            most = max((s for c, s in changed.items() if _depends(index, c)), default=0.0)
            scans = _scans_per_second(index, indexes)
            if most >= _MINIMUM_SHARE and scans is not None and scans < _SCANS_AN_UPDATE * rate:
                yield _finding(index, table, most, tables.seconds)


_Counts = dict[tuple[str, str | None, str], Counter[str]]


def _changed_rows(statements: Activity[Statement]) -> _Counts:
    """Rows whose column was set, by database, schema if it was written, and table."""
    rows: _Counts = defaultdict(Counter)
    for statement in statements.rows:
        found = None if statement.own else _UPDATE.match(statement.query)
        if found:
            counts = rows[statement.database, found["schema"], found["table"]]
            for column in _ASSIGNED.findall(found["set"]):
                counts[column] += statement.rows or 0
    return rows


def _shares(table: PostgresTable, rows: _Counts) -> dict[str, float]:
    """Columns that updates of the table set, with the share of its updated rows that had it."""
    counts: Counter[str] = Counter()
    for schema in (None, table.schema):
        counts.update(rows.get((table.database, schema, table.table), {}))
    return {column: count / table.updates for column, count in counts.items()}


def _depends(index: Index, column: str) -> bool:
    """Whether a change of the column changes the index. BRIN does not stop HOT from version 16."""
    if index.method == "brin" or not index.ready or not expendable(index):
        return False
    texts = f"{index.expressions or ''} {index.predicate or ''}"
    named = column in index.columns or column in index.included
    return named or re.search(rf"\b{re.escape(column)}\b", texts) is not None


def _scans_per_second(index: Index, indexes: Snapshot[Index]) -> float | None:
    if indexes.counting_since is None or indexes.taken_at <= indexes.counting_since:
        return None
    return (index.scans or 0) / (indexes.taken_at - indexes.counting_since)


def _finding(index: Index, table: PostgresTable, changed: float, seconds: float) -> Finding:
    broken = min(changed * table.updates, table.updates - table.hot_updates)
    saved = broken / seconds * _SAVED_SECONDS_AN_UPDATE * 3600
    return Finding(
        subject=Subject("index", index.name, index.database),
        summary=(
            f"{index.name} makes {share(changed)} of the {table.updates / seconds:,.0f} updates a "
            f"second of {table.name} expensive and was scanned {index.scans or 0:,} times."
        ),
        evidence={
            "table": table.name,
            "updates_per_second": table.updates / seconds,
            "hot_ratio": table.hot_updates / table.updates,
            "changing_updates_ratio": changed,
            "scans": index.scans,
            "size_bytes": index.size_bytes,
            "assumed_saved_seconds_per_update": _SAVED_SECONDS_AN_UPDATE,
        },
        impact=Impact(Gain.TIME, saved),
        remedy=drop(
            index,
            f"Drop {index.name}, or make it again without the columns that updates change.",
            f"The statements behind its {index.scans or 0:,} scans become slower: find them first.",
        ),
    )
