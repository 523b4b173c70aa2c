"""The counters of performance_schema's statement tables, packed in one column a row, all in one.

PyMySQL takes 20 µs for a row of twenty columns and 5 for a packed one: so the server joins the
rows too, in its order for both columns. What joins the numbers is no utf8mb4 text, or the server
would convert each of them to it first.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from collectors.session import SqlSession
from collectors.variants import Variants

COUNTED: Final = """
    SUM_ROWS_AFFECTED, SUM_ROWS_SENT, SUM_LOCK_TIME, SUM_ERRORS, SUM_WARNINGS, SUM_ROWS_EXAMINED,
    SUM_CREATED_TMP_TABLES, SUM_CREATED_TMP_DISK_TABLES, SUM_SELECT_FULL_JOIN,
    SUM_SELECT_RANGE_CHECK, SUM_SELECT_SCAN, SUM_SORT_MERGE_PASSES, SUM_SORT_ROWS,
    SUM_NO_INDEX_USED, SUM_NO_GOOD_INDEX_USED
"""
COUNTS: Final = 2 + COUNTED.count("SUM_")  # with the executions and their time
_NAME = "CONCAT_WS(' ', DIGEST, SCHEMA_NAME)"
_PACKED = """CONCAT_WS(_latin1',', UNIX_TIMESTAMP(FIRST_SEEN), UNIX_TIMESTAMP(LAST_SEEN),
                     COUNT_STAR, SUM_TIMER_WAIT, {counted}{more})"""
_DIGESTS = """
    SELECT {name} AS name,
           {packed} AS packed
      FROM performance_schema.events_statements_summary_by_digest
     WHERE LAST_SEEN >= FROM_UNIXTIME(%(since)s)
"""
# No identifier holds a NUL.
_TOGETHER = """
    SELECT COUNT(*) AS digests,
           GROUP_CONCAT({name} SEPARATOR '\\0') AS names,
           GROUP_CONCAT({packed} SEPARATOR '],[') AS packed
      FROM performance_schema.events_statements_summary_by_digest
     WHERE LAST_SEEN >= FROM_UNIXTIME(%(since)s)
"""
_QUANTILES = ", QUANTILE_95, QUANTILE_99, QUANTILE_999"


def _variants(text: str) -> Variants:
    more = {
        "mysql >= 5.7": "",
        "mysql >= 8.0": _QUANTILES,
        "mysql >= 8.0.28": f"{_QUANTILES}, SUM_CPU_TIME",
        "mariadb >= 10.5": "",
    }
    packed = {spec: _PACKED.format(counted=COUNTED, more=also) for spec, also in more.items()}
    return Variants({spec: text.format(name=_NAME, packed=all) for spec, all in packed.items()})


COUNTERS: Final = _variants(_DIGESTS)
TOGETHER: Final = _variants(_TOGETHER)


@dataclass(slots=True)
class Packed:
    """`name` is a digest and its schema, if it has one; empty for all that found no room.

    Not frozen: that would cost as much as fetching five thousand of them.
    """

    name: str
    packed: str


@dataclass(slots=True)
class Together:
    """The same of `digests` digests; None where there is none."""

    digests: int
    names: str | None
    packed: str | None


@dataclass(slots=True)
class Counted:
    """Counters of a digest in a schema, or of what else performance_schema counts alike.

    `numbers` are in the order they are asked for: counts, then what only some versions tell.
    """

    digest: str
    schema: str
    first_seen: int | float
    last_seen: int | float
    numbers: list[int]


def counted(db: SqlSession, since: float) -> list[Counted]:
    """Digests that ran since then; row by row where one answer had no room for them."""
    for all_of_them in db.rows(TOGETHER, Together, since=since):
        names = (all_of_them.names or "").split("\0")
        packed = all_of_them.packed or ""
        if len(names) == all_of_them.digests == packed.count("],[") + 1:
            return _unpacked(names, packed)
    rows = db.rows(COUNTERS, Packed, since=since)
    return _unpacked([each.name for each in rows], "],[".join(each.packed for each in rows))


def _unpacked(names: Sequence[str], packed: str) -> list[Counted]:
    """All at once: the parser of JSON is the fastest reader of numbers at hand."""
    found: list[Any] = json.loads(f"[[{packed}]]") if packed else []
    unpacked = []
    for name, (first, last, *numbers) in zip(names, found, strict=True):
        digest, _, schema = name.partition(" ")
        unpacked.append(Counted(digest, schema, first, last, numbers))
    return unpacked


def numbers(packed: str) -> list[int]:
    return [int(number) for number in packed.split(",")]


def began(first_seen: int | float) -> float:
    """When an entry began to count, or up to a second later.

    MySQL 5.7 and MariaDB cut fractions off. What began after our last look must not seem to have
    been there before it.
    """
    whole = isinstance(first_seen, int)
    return first_seen + 1.0 if whole else first_seen
