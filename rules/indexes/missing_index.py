"""Statements that read far more than they need."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import takewhile

from collectors.postgres.postgres_table import PostgresTable
from collectors.snapshot import Activity, Snapshot
from collectors.snapshots.schema import Column, Index
from collectors.snapshots.statements import Statement
from rules.base import Confidence, Finding, Severity, rule
from rules.indexes.candidates import Columns
from rules.indexes.catalogue import Catalogue, Place, place
from rules.indexes.index_advice import Proposal, WriteCost, finding
from rules.indexes.index_choice import Choice, Floors, choose
from rules.indexes.searches import Reading, read
from rules.planner import Planner
from rules.statements.by_digest import DigestCost, heavy

_MOST_STATEMENTS = 50
_MOST_TIME_RATIO = 0.95
_SAVED_FOR_EACH_WRITTEN = 3
# Measured per row: an entry of an index, and an update that an index on its columns makes cold.
_ENTRY_SECONDS, _ENTRY_WAL_BYTES = 3e-6, 100
_COLD_UPDATE_SECONDS, _COLD_UPDATE_WAL_BYTES = 16e-6, 470

Work = list[tuple[DigestCost[Statement], Reading]]


@rule(
    title="An index is missing",
    severity=Severity.MEDIUM,
    confidence=Confidence.ESTIMATED,
    see=(
        "https://www.postgresql.org/docs/current/indexes-multicolumn.html",
        "https://www.postgresql.org/docs/current/sql-createindex.html",
    ),
)
def missing_index(  # noqa: PLR0913, PLR0917
    statements: Activity[Statement],
    tables: Snapshot[PostgresTable],
    indexes: Snapshot[Index],
    columns: Snapshot[Column],
    planner: Planner | None,
    written: Activity[PostgresTable] | None,
    *,
    minimum_active_sessions: float = 0.05,
    minimum_saving_ratio: float = 0.3,
    minimum_table_bytes: float = 10 * 2**20,
) -> Iterator[Finding]:
    """Statements that cost time read far more rows than they need, for want of an index.

    Why it matters
        Such a statement reads its table in full, or much of it, at each call. Its time grows
        with the table, and what it reads pushes other data out of the cache.

    What to do
        Make the index that is proposed. It is the narrowest that keeps 95 % of the saving.
        Where HypoPG is installed the planner has confirmed that it would use it; elsewhere the
        saving is estimated from blocks touched and column statistics, so try it on a copy
        first.

    When to ignore
        The statement is about to go, or the table takes bulk loads that every index slows down.
        Tables under 10 MB, savings that do not pay three times for the writes, and statements
        that need most of the rows are left out.
    """
    catalogue = Catalogue(tables.rows, columns.rows, indexes.rows)
    floors = Floors(minimum_saving_ratio, minimum_table_bytes)
    work = [(c, r) for c in _costliest(statements) if (r := read(c.total, catalogue))]
    chosen = [x for c, r in work if (x := choose(c, r, catalogue, planner, floors))]
    for choices in _merged(chosen):
        table, key = choices[0].table, max((c.key for c in choices), key=len)
        proposal = Proposal(table, key, tuple(choices), _write_cost(table, key, work, written))
        saved = proposal.saved_sessions
        pays = saved * 3600 >= _SAVED_FOR_EACH_WRITTEN * proposal.writes.seconds
        if saved >= minimum_active_sessions and pays:
            yield finding(proposal, catalogue)


def _costliest(statements: Activity[Statement]) -> Iterator[DigestCost[Statement]]:
    """Those that cover nearly all of the time, at most fifty."""
    covered = 0.0

    def more(cost: DigestCost[Statement]) -> bool:
        nonlocal covered
        before, covered = covered, covered + cost.share_ratio
        return before < _MOST_TIME_RATIO

    found = takewhile(more, heavy(statements, 0.0))
    yield from (cost for cost, _ in zip(found, range(_MOST_STATEMENTS), strict=False))


def _merged(chosen: Sequence[Choice]) -> Iterator[list[Choice]]:
    """One group an index; an index whose key another one begins with goes into that one."""
    groups: dict[tuple[Place, Columns], list[Choice]] = defaultdict(list)
    for choice in chosen:
        groups[place(choice.table), choice.key].append(choice)
    for where, key in sorted(groups, key=lambda each: len(each[1])):
        wider = [k for w, k in groups if w == where and len(k) > len(key) and k[: len(key)] == key]
        if wider:
            groups[where, min(wider, key=len)] += groups.pop((where, key))
    for choices in groups.values():
        yield sorted(choices, key=lambda c: -c.saved_sessions)


def _write_cost(
    table: PostgresTable, key: Columns, work: Work, written: Activity[PostgresTable] | None
) -> WriteCost:
    """Entries for rows inserted or moved, and updates that the index makes cold."""
    entries = cold = 0.0
    for row in written.rows if written and written.seconds > 0 else ():
        if place(row) == place(table):
            moved = max(0, row.updates - row.hot_updates)
            entries += (row.inserts + moved) * 3600 / (written.seconds if written else 1)
    for cost, reading in work:
        changed = reading.changed
        if changed and place(changed) == place(table) and reading.written & set(key):
            cold += (cost.total.rows or 0) * 3600 / cost.seconds
    return WriteCost(
        entries * _ENTRY_SECONDS + cold * _COLD_UPDATE_SECONDS,
        entries * _ENTRY_WAL_BYTES + cold * _COLD_UPDATE_WAL_BYTES,
    )
