"""What Performance Insights told of statements so far: rates of each minute, added up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from collectors.rds.insights import (
    HOUR_SECONDS,
    STATISTICS,
    DimensionKey,
    Offered,
    Span,
    dimension_keys,
    settled,
)
from collectors.rds.insights_texts import InsightsText, InsightsTexts, dialect_of
from collectors.rds.insights_waits import REST, Wait, wait_of
from collectors.session import AwsSession, ConnectionLost, SessionError

WANTED: Final = (
    *("calls_per_sec", "rows_per_sec"),
    *("shared_blks_hit_per_sec", "shared_blks_read_per_sec", "shared_blks_dirtied_per_sec"),
    *("shared_blks_written_per_sec", "temp_blks_read_per_sec", "temp_blks_written_per_sec"),
    *("count_star_per_sec", "sum_rows_affected_per_sec", "sum_rows_sent_per_sec"),
    "sum_rows_examined_per_sec",
)
_MOST_STATEMENTS = 25
_MOST_WAITS = 10
_MOST_TOTALS = 1_000
# Less than this is the rounding of what was added up.
_LEAST_SESSIONS = 1e-6


@dataclass(slots=True)
class StatementTotal:
    """One statement under one digest; `counted` has what is counted a second, by its name."""

    id: str
    text: InsightsText
    waits: dict[Wait, float] = field(default_factory=lambda: defaultdict(float))
    load_seconds: float = 0.0
    counted: dict[str, float] = field(default_factory=lambda: defaultdict(float))


class InsightsRounds:
    """One question a minute, whoever asks first; a minute that was not told is asked again.

    A statement whose whole text becomes known goes on under its new digest, from zero: what was
    counted before stays with the old one, so that nothing is counted twice.
    """

    def __init__(self) -> None:
        self.started: float | None = None
        self.ended = float("-inf")
        self.totals: dict[tuple[str, str], StatementTotal] = {}
        self.offered: frozenset[str] = frozenset()
        self._unlisted = ""
        self._missed_seconds = 0.0
        self._failed: tuple[float, SessionError] | None = None
        self._texts = InsightsTexts()

    def catch_up(self, aws: AwsSession) -> None:
        """Add the minutes since the last round: an hour at the first, and never more."""
        end = settled(aws.now())
        if end <= self.ended <= end + HOUR_SECONDS:
            return
        if self._failed and self._failed[0] == end:
            error = self._failed[1]
            raise type(error)(str(error))  # another: a traceback grows each time it is raised
        hour = end - HOUR_SECONDS
        # A clock that was set back begins anew.
        start = max(self.ended, hour) if self.ended < end else hour
        try:
            keys = self._asked(aws, Span(start, end))
        except ConnectionLost:
            raise
        except SessionError as error:
            self._failed = end, error
            raise
        ids = self._add(aws, keys, end - start)
        if self.started is None:
            self.started = start
        else:
            self._missed_seconds = max(start - self.ended, 0.0)
        self.ended, self._failed = end, None
        self._forget()
        self._texts.complete(aws, end, ids)

    def gaps(self) -> tuple[str, ...]:
        found = []
        if self._missed_seconds:
            found.append(
                f"{self._missed_seconds / 60:,.0f} minutes are missing: no more than the last hour "
                "is asked after a pause"
            )
        if self._unlisted:
            found.append(f"calls and rows of statements are not counted: {self._unlisted}")
        if self._texts.refused:
            found.append(
                f"texts over 500 bytes stay cut, and so known by what the engine calls them: "
                f"{self._texts.refused}"
            )
        return tuple(found)

    def _asked(self, aws: AwsSession, span: Span) -> list[DimensionKey]:
        listed, self._unlisted = aws.keep(Offered).statistics(aws)
        self.offered = listed.intersection(WANTED)
        metrics = [f"{STATISTICS}.{name}.avg" for name in WANTED if name in listed]
        return list(
            dimension_keys(
                aws,
                span,
                GroupBy={"Group": "db.sql_tokenized", "Limit": _MOST_STATEMENTS},
                PartitionBy={"Group": "db.wait_event", "Limit": _MOST_WAITS},
                **({"AdditionalMetrics": metrics} if metrics else {}),
            )
        )

    def _add(self, aws: AwsSession, keys: Iterable[DimensionKey], seconds: float) -> list[str]:
        dialect, ids = dialect_of(aws), []
        for key in keys:
            about = key.dimensions
            engine_id = about.get("db.sql_tokenized.db_id", "")
            id = about.get("db.sql_tokenized.id") or engine_id
            raw = about.get("db.sql_tokenized.statement")
            text = self._texts.get(id, engine_id, raw, dialect)
            place = (id, text.digest)
            # Taken out and put in again: the first are those not seen for longest.
            total = self.totals.pop(place, None) or StatementTotal(id, text)
            self.totals[place] = total
            _count(total, key, seconds)
            ids.append(id)
        return ids

    def _forget(self) -> None:
        for place in list(self.totals)[: max(len(self.totals) - _MOST_TOTALS, 0)]:
            del self.totals[place]


def _count(total: StatementTotal, key: DimensionKey, seconds: float) -> None:
    total.load_seconds += key.sessions * seconds
    for dimensions, sessions in key.parts:
        total.waits[wait_of(dimensions)] += sessions * seconds
    rest = key.sessions - sum(sessions for _, sessions in key.parts)
    if rest > _LEAST_SESSIONS:
        total.waits[REST] += rest * seconds
    for name, rate in key.statistics.items():
        total.counted[name] += max(rate, 0.0) * seconds


def counted(total: StatementTotal, offered: frozenset[str], *names: str) -> float | None:
    """The sum of these counts; None where the instance counts none of them."""
    if offered.isdisjoint(names):
        return None
    return sum(total.counted.get(name, 0.0) for name in names)
