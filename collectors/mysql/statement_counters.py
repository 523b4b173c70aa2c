"""The counters of performance_schema's statement tables, packed in one column a row.

PyMySQL decodes a row of twenty columns in 20 µs, one that is unpacked here takes a third of it.
What joins the numbers is no utf8mb4 text, or the server would convert each of them to it first.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from collectors.variants import Variants

COUNTED: Final = """
    SUM_ROWS_AFFECTED, SUM_ROWS_SENT, SUM_LOCK_TIME, SUM_ERRORS, SUM_WARNINGS, SUM_ROWS_EXAMINED,
    SUM_CREATED_TMP_TABLES, SUM_CREATED_TMP_DISK_TABLES, SUM_SELECT_FULL_JOIN,
    SUM_SELECT_RANGE_CHECK, SUM_SELECT_SCAN, SUM_SORT_MERGE_PASSES, SUM_SORT_ROWS,
    SUM_NO_INDEX_USED, SUM_NO_GOOD_INDEX_USED
"""
COUNTS: Final = 2 + COUNTED.count("SUM_")  # with the executions and their time
_DIGESTS = """
    SELECT CONCAT_WS(' ', DIGEST, SCHEMA_NAME) AS name,
           CONCAT_WS(_latin1',', UNIX_TIMESTAMP(FIRST_SEEN), UNIX_TIMESTAMP(LAST_SEEN),
                     COUNT_STAR, SUM_TIMER_WAIT, {counted}{more}) AS packed
      FROM performance_schema.events_statements_summary_by_digest
     WHERE LAST_SEEN >= FROM_UNIXTIME(%(since)s)
"""
_QUANTILES = ", QUANTILE_95, QUANTILE_99, QUANTILE_999"

COUNTERS: Final = Variants(
    {
        "mysql >= 5.7": _DIGESTS.format(counted=COUNTED, more=""),
        "mysql >= 8.0": _DIGESTS.format(counted=COUNTED, more=_QUANTILES),
        "mysql >= 8.0.28": _DIGESTS.format(counted=COUNTED, more=_QUANTILES + ", SUM_CPU_TIME"),
        "mariadb >= 10.5": _DIGESTS.format(counted=COUNTED, more=""),
    }
)


@dataclass(slots=True)
class Packed:
    """`name` is a digest and its schema, if it has one; empty for all that found no room.

    Not frozen: that would cost as much as fetching five thousand of them.
    """

    name: str
    packed: str


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


def unpacked(rows: Iterable[Packed]) -> list[Counted]:
    """All at once: the parser of JSON is the fastest reader of numbers at hand."""
    given = list(rows)
    if not given:
        return []
    found: list[Any] = json.loads(f"[[{'],['.join(each.packed for each in given)}]]")
    counted = []
    for each, (first, last, *numbers) in zip(given, found, strict=True):
        digest, _, schema = each.name.partition(" ")
        counted.append(Counted(digest, schema, first, last, numbers))
    return counted


def numbers(packed: str) -> list[int]:
    return [int(number) for number in packed.split(",")]


def began(first_seen: int | float) -> float:
    """When an entry began to count, or up to a second later.

    MySQL 5.7 and MariaDB cut fractions off. What began after our last look must not seem to have
    been there before it.
    """
    whole = isinstance(first_seen, int)
    return first_seen + 1.0 if whole else first_seen
