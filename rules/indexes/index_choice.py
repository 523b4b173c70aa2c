"""The one index that helps a statement most, at the least width."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from collectors.postgres.postgres_table import PostgresTable
from collectors.snapshots.statements import Statement
from rules.indexes.block_estimate import blocks_with, narrowing, widths
from rules.indexes.candidates import Columns, candidates, prefixes, served
from rules.indexes.catalogue import Catalogue, table_bytes
from rules.indexes.conditions import Search
from rules.indexes.searches import Reading
from rules.indexes.selectivity import left_by
from rules.planner import Plan, Planner, ProposedIndex
from rules.statements.by_digest import BLOCK_BYTES, DigestCost

_MINIMUM_ROWS = 10_000
_MINIMUM_BLOCKS = 100
_MOST_RETURNED_RATIO = 0.15
_MOST_STALE_RATIO = 1.0
_KEPT_SAVING_RATIO = 0.95
_MOST_ESTIMATED_RATIO = 0.95
_MOST_VALIDATED_RATIO = 0.99
_DESPITE_AN_INDEX_RATIO = 0.8
_MOST_LIMIT = 1000

_COUNT = re.compile(r"\b(LIMIT|FETCH (?:FIRST|NEXT)) \?")
_OFFSET = re.compile(r"\bOFFSET \?")


@dataclass(frozen=True, slots=True)
class Floors:
    """Below these no index is worth proposing."""

    saving_ratio: float
    table_bytes: float


@dataclass(frozen=True, slots=True)
class Choice:
    """An index for a statement. `before` and `after` are costs if `validated`, else blocks a call.

    `guessed`: the planner took a share of the rows for a range whose bounds are not known. `used`
    names the indexes that the statement's plan uses today; None where it was not asked.
    """

    cost: DigestCost[Statement]
    table: PostgresTable
    key: Columns
    before: float
    after: float
    validated: bool
    guessed: bool
    used: tuple[str, ...] | None

    @property
    def saving_ratio(self) -> float:
        most = _MOST_VALIDATED_RATIO if self.validated else _MOST_ESTIMATED_RATIO
        return min(most, 1 - self.after / self.before) if self.before > 0 else 0.0

    @property
    def saved_sessions(self) -> float:
        return self.cost.active_sessions * self.saving_ratio


Option = tuple[Search, Columns]
Appraise = Callable[[Option], Choice | None]


def choose(
    cost: DigestCost[Statement],
    reading: Reading,
    catalogue: Catalogue,
    planner: Planner | None,
    floors: Floors,
) -> Choice | None:
    """None where no index helps enough, or one that does exists."""
    if (cost.touched_bytes or 0) < _MINIMUM_BLOCKS * BLOCK_BYTES * cost.total.calls:
        return None
    options = [
        (search, key)
        for search in reading.searches
        if _worth_it(search, cost, reading, floors)
        for key in candidates(search, catalogue.columns(search.table))
        if not served(search, key, catalogue.indexes(search.table))
        and _selective(search, key, reading, catalogue)
    ]
    if not options:
        return None
    advisor = _Advisor(cost, reading, catalogue, planner)
    found = advisor.appraiser(options)
    return _narrowest(options, found, (reading, catalogue), floors) if found else None


def _worth_it(
    search: Search, cost: DigestCost[Statement], reading: Reading, floors: Floors
) -> bool:
    table = search.table
    rows = table.rows or 0.0
    stale = table.modified_rows > _MOST_STALE_RATIO * rows
    returned = cost.per_call(cost.total.rows) if reading.plain else 0.0
    return (
        table_bytes(table) >= floors.table_bytes
        and rows >= _MINIMUM_ROWS
        and not stale
        and returned <= _MOST_RETURNED_RATIO * rows
    )


def _selective(search: Search, key: Columns, reading: Reading, catalogue: Catalogue) -> bool:
    """Whether it leaves out most rows; known where each row that matches is returned."""
    fixed = [c for c in narrowing(search, key) if c not in search.ranged]
    if reading.plain or not fixed:
        return True
    kept = left_by(search, fixed, catalogue.columns(search.table))
    return kept is not None and kept <= _MOST_RETURNED_RATIO


def _narrowest(
    options: Sequence[Option],
    appraise: Appraise,
    known: tuple[Reading, Catalogue],
    floors: Floors,
) -> Choice | None:
    """Of the keys that keep nearly all of the best saving, the one with the fewest columns."""
    reading, catalogue = known
    found = [(o, choice) for o in options if (choice := appraise(o))]
    enough = [(o, c) for o, c in found if c.saving_ratio >= floors.saving_ratio]
    if not enough:
        return None
    (search, key), best = max(enough, key=lambda each: each[1].saving_ratio)
    tried = {c.key for _, c in found if c.table is search.table}
    shorter = [
        choice
        for prefix in prefixes(key)
        if prefix not in tried
        and not served(search, prefix, catalogue.indexes(search.table))
        and _selective(search, prefix, reading, catalogue)
        if (choice := appraise((search, prefix)))
    ]
    kept = [c for c in (*(c for _, c in enough), *shorter) if _keeps(c, best)]
    return min(kept, key=lambda c: (len(c.key), _width(c, catalogue), -c.saving_ratio))


def _keeps(choice: Choice, best: Choice) -> bool:
    return choice.saving_ratio >= _KEPT_SAVING_RATIO * best.saving_ratio


def _width(choice: Choice, catalogue: Catalogue) -> float:
    return sum(widths(choice.key, catalogue.columns(choice.table)))


class _Advisor:
    """Appraises options for one statement: by the planner where it can see them, else by blocks."""

    def __init__(
        self,
        cost: DigestCost[Statement],
        reading: Reading,
        catalogue: Catalogue,
        planner: Planner | None,
    ) -> None:
        self._cost = cost
        self._reading = reading
        self._catalogue = catalogue
        self._planner = planner
        self._rows_per_call = cost.per_call(cost.total.rows)
        self._query = with_limits(reading.countable, self._rows_per_call)
        self._plan: Plan | None = None

    def appraiser(self, options: Iterable[Option]) -> Appraise | None:
        """One look with all options in place spares looking at each where none is used."""
        self._plan = self._ask()
        if self._plan is None or self._planner is None or not self._planner.hypothetical:
            return self._by_blocks
        together = self._ask(*options)
        if together is None:
            return self._by_blocks
        return self._by_planner if together.proposed else None

    def _ask(self, *options: Option) -> Plan | None:
        if self._planner is None:
            return None
        proposed = [ProposedIndex(s.table.schema, s.table.table, key) for s, key in options]
        return self._planner.plan(self._cost.total.database, self._query, proposed)

    def _by_planner(self, option: Option) -> Choice | None:
        with_it = self._ask(option)
        if with_it is None or self._plan is None or not with_it.proposed:
            return None
        return self._choice(option, self._plan.cost, with_it.cost, validated=True)

    def _by_blocks(self, option: Option) -> Choice | None:
        search, key = option
        touched = self._cost.per_call(self._cost.touched_bytes) / BLOCK_BYTES
        after = blocks_with(self._reading, search, key, self._catalogue, self._rows_per_call)
        if after is None:
            return None
        scanned = touched
        if not search.alone or len(self._reading.searches) > 1:
            scanned = min(touched, table_bytes(search.table) / BLOCK_BYTES)
        choice = self._choice(option, touched, touched - scanned + after, validated=False)
        if choice.saving_ratio < _DESPITE_AN_INDEX_RATIO and self._planner_begins_with(search, key):
            return None
        return choice

    def _planner_begins_with(self, search: Search, key: Columns) -> bool:
        """Whether the plan of today goes through an index that finds part of the same rows."""
        used = self._plan.indexes if self._plan else ()
        known = {i.index: i for i in self._catalogue.indexes(search.table)}
        return any(name in known and known[name].columns[0] in key for name in used)

    def _choice(self, option: Option, before: float, after: float, *, validated: bool) -> Choice:
        used = self._plan.indexes if self._plan else None
        search, key = option
        guessed = not self._reading.plain and not set(search.ranged).isdisjoint(key)
        return Choice(self._cost, search.table, key, before, after, validated, guessed, used)


def with_limits(query: str, rows_per_call: float) -> str:
    """An unknown LIMIT is planned as a tenth of the rows, so the usual number stands in for it."""
    rows = round(min(max(rows_per_call, 1), _MOST_LIMIT))
    return _OFFSET.sub("OFFSET 0", _COUNT.sub(rf"\g<1> {rows}", query))
