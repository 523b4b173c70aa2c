"""How many blocks a call would touch with an index: own arithmetic where the planner can't tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from collectors.postgres.postgres_table import PostgresTable
from collectors.snapshots.schema import Column
from rules.indexes.candidates import Columns
from rules.indexes.catalogue import Catalogue
from rules.indexes.conditions import Search
from rules.indexes.searches import Reading
from rules.indexes.selectivity import left_by

_PAGE_BYTES = 8192
_DESCENT_BLOCKS = 3
_ENTRY_BYTES = 20


def blocks_with(
    reading: Reading, search: Search, key: Columns, catalogue: Catalogue, rows_per_call: float
) -> float | None:
    """None where statistics can't tell, or nothing says how often a join would look it up."""
    columns = catalogue.columns(search.table)
    used = narrowing(search, key)
    kept = left_by(search, used, columns)
    lookups = _lookups(reading, search, used, catalogue)
    rows = search.table.rows
    if kept is None or lookups is None or rows is None:
        return None
    matching = rows * kept
    if search.alone and search.whole and _answers_all(search, used):
        stops = search.limited and _in_order(search, key)
        if reading.plain:
            matching = rows_per_call
        elif stops:
            matching = min(matching, rows_per_call)
    fetched = max(1.0, matching)
    width = _ENTRY_BYTES + sum(columns[c].average_bytes or 0 for c in key)
    leaves = fetched * width / _PAGE_BYTES
    heap = _heap_blocks(search.table, fetched, columns[key[0]].correlation or 0.0)
    return lookups * (_DESCENT_BLOCKS + leaves + heap)


def narrowing(search: Search, key: Columns) -> list[str]:
    """The columns of the key that narrow the scan: all compared for equality, then one range."""
    used = []
    for name in key:
        if name in search.equal or name in search.joined or name in search.listed:
            used.append(name)
            continue
        if name in search.ranged:
            used.append(name)
        break
    return used


def _lookups(
    reading: Reading, search: Search, used: Sequence[str], catalogue: Catalogue
) -> float | None:
    """How often the index is searched a call: once, or for each row of the one partner."""
    if not any(name in search.joined and name not in search.equal for name in used):
        return 1.0
    partners = [s for s in reading.searches if s.alias in search.partners]
    rows = partners[0].table.rows if len(partners) == 1 else None
    if rows is None:
        return None
    (partner,) = partners
    conditions = dict.fromkeys((*partner.equal, *partner.listed, *partner.ranged))
    kept = left_by(partner, conditions, catalogue.columns(partner.table))
    return None if kept is None else max(1.0, rows * kept)


def _answers_all(search: Search, used: Sequence[str]) -> bool:
    return {*search.equal, *search.listed, *search.ranged, *search.joined} <= set(used)


def _in_order(search: Search, key: Columns) -> bool:
    """Whether rows come out in the order asked for, so that a LIMIT stops the scan."""
    fixed = set(search.equal) - set(search.listed)
    wanted = tuple(c for c in search.ordered if c not in fixed)
    rest = tuple(c for c in key if c not in fixed)
    return rest[: len(wanted)] == wanted


def _heap_blocks(table: PostgresTable, rows: float, correlation: float) -> float:
    """Between rows that lie side by side and rows strewn over the table."""
    pages = max(1.0, table.heap_bytes / _PAGE_BYTES)
    strewn = pages * (1 - (1 - 1 / pages) ** rows) if pages > 1 else 1.0
    together = pages * min(1.0, rows / max(1.0, table.rows or 1.0))
    ordered = correlation * correlation
    return float(max(1.0, ordered * together + (1 - ordered) * strewn))


def widths(key: Columns, columns: Mapping[str, Column]) -> tuple[float, ...]:
    return tuple(float(columns[c].average_bytes or 8) for c in key)
