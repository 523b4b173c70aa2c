"""What each statement cost: all entries of one digest in one database, added up."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import count
from typing import Any, Generic, TypeVar

from collectors.fields import names, reader
from collectors.postgres.databases import Database
from collectors.rds.statements import InsightsStatement
from collectors.session import Server
from collectors.snapshot import Activity
from collectors.snapshots.statements import LOST, Statement
from collectors.sql_text import kind
from rules.base import MYSQL, Gain, Impact, Severity, Subject, Value
from rules.wording import literal

Ran = TypeVar("Ran", bound=Statement)
Ran_co = TypeVar("Ran_co", bound=Statement, covariant=True)

BLOCK_BYTES = 8192
HIGH_SHARE_RATIO = 0.2

_WHOLE_SESSION = 1.0
_WEIGHTY_SESSIONS = 0.1
_UPKEEP = re.compile(
    r"(vacuum|analyze|reindex|cluster|checkpoint|copy|optimize|base_backup|start_replication"
    r"|create\s+(unique\s+|fulltext\s+|spatial\s+)?index|alter\s+table"
    # MySQL; what dumps read is marked.
    r"|load\s+(data|xml)|(check|repair|checksum)\s+table|select\s+sql_no_cache)\b",
    re.IGNORECASE,
)
_SERVER_KEY = re.compile(r"\b[0-9a-f]{32}(?:[0-9a-f]{32})?\b")
_MARK = re.compile(r"\?(?![|&?])")
_COMMIT = re.compile(r"(commit|end)\b", re.IGNORECASE)
# What a parameter cannot stand for, and what the normalised text no longer tells.
_NOT_PLANNABLE = re.compile(
    r"\b(interval|date|time|timestamp|timestamptz)\s*\?|\bextract\s*\(\?|\? \?|…|;", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class DigestCost(Generic[Ran_co]):
    """One digest in one database over `seconds`.

    The counters of `total` are sums over the entries (None where the server does not count
    them); its other fields are those of the most expensive entry. `share_ratio` is its part of
    the execution time of all statements.
    """

    total: Ran_co
    seconds: float
    share_ratio: float

    @property
    def name(self) -> str:
        """How a sentence begins that is about it."""
        return f"Statement {self.total.digest}"

    @property
    def mean_seconds(self) -> float:
        return self.per_call(self.total.exec_seconds)

    @property
    def deviation_seconds(self) -> float | None:
        """Standard deviation of one execution's time; None where squares are not counted."""
        squared = self.total.exec_seconds_squared
        if squared is None or not self.total.calls:
            return None
        # Differences of rounded totals may fall a hair below zero.
        return math.sqrt(max(0.0, squared / self.total.calls - self.mean_seconds**2))

    @property
    def active_sessions(self) -> float:
        """How many sessions it kept busy, on average."""
        return self.total.exec_seconds / self.seconds if self.seconds else 0.0

    @property
    def calls_per_second(self) -> float:
        return self.total.calls / self.seconds if self.seconds else 0.0

    @property
    def touched_bytes(self) -> int | None:
        """Blocks it looked at, wherever they came from; one looked at twice counts twice."""
        hit, read = self.total.shared_hit_bytes, self.total.shared_read_bytes
        return None if hit is None or read is None else hit + read

    @property
    def touched_bytes_per_row(self) -> float:
        """For each row it returned or changed; a call that found none counts as one row."""
        rows = max(self.total.rows or 0, self.total.calls)
        return (self.touched_bytes or 0) / rows if rows else 0.0

    @property
    def read_ratio(self) -> float:
        """Part of the blocks it looked at that came from outside shared buffers."""
        touched = self.touched_bytes
        return (self.total.shared_read_bytes or 0) / touched if touched else 0.0

    @property
    def subject(self) -> Subject:
        return Subject("statement", self.total.digest, self.total.database)

    @property
    def upkeep(self) -> bool:
        """Maintenance, backup or bulk load: expected to be long."""
        return _UPKEEP.match(self.total.query) is not None

    @property
    def commit(self) -> bool:
        return _COMMIT.match(self.total.query) is not None

    @property
    def severity(self) -> Severity:
        """Of a cause found in it: high from a fifth of all time or from one busy session on."""
        large = self.share_ratio > HIGH_SHARE_RATIO and self.active_sessions >= _WEIGHTY_SESSIONS
        return Severity.HIGH if large or self.active_sessions >= _WHOLE_SESSION else Severity.MEDIUM

    def per_call(self, value: float | None) -> float:
        return (value or 0.0) / self.total.calls if self.total.calls else 0.0

    def per_hour(self, value: float) -> float:
        return value / self.seconds * 3600 if self.seconds else 0.0

    def gain(self, saved_ratio: float) -> Impact:
        """Database time an hour that goes away with this part of its execution time."""
        return Impact(Gain.TIME, self.active_sessions * 3600 * saved_ratio)

    def evidence(self, **more: Value) -> Mapping[str, Value]:
        """What every finding about a statement shows, then what this one adds."""
        return {
            "active_sessions": self.active_sessions,
            "share_ratio": self.share_ratio,
            "calls": self.total.calls,
            "calls_per_second": self.calls_per_second,
            "mean_seconds": self.mean_seconds,
            "window_seconds": self.seconds,
            **more,
            "query": self.total.query,
        }


def by_digest(
    statements: Activity[Ran], *, least_active_sessions: float = 0.0
) -> tuple[DigestCost[Ran], ...]:
    """Every digest that kept at least so many sessions busy, the most expensive first.

    Statements nested in functions are in the time of their callers: the whole leaves them out.
    """
    groups: dict[tuple[str, str], list[Ran]] = defaultdict(list)
    for statement in statements.rows:
        if statement.digest != LOST:
            groups[statement.database, statement.digest].append(statement)
    times = {key: sum(s.exec_seconds for s in entries) for key, entries in groups.items()}
    total = sum(s.exec_seconds for s in statements.rows if not s.nested)
    least = least_active_sessions * statements.seconds
    wanted = sorted((key for key in groups if times[key] >= least), key=lambda k: -times[k])
    return tuple(
        DigestCost(_added(groups[key]), statements.seconds, times[key] / total if total else 0.0)
        for key in wanted
    )


def heavy(statements: Activity[Ran], least_active_sessions: float) -> Iterator[DigestCost[Ran]]:
    """Those worth a finding: of the application, not of dbtriage and not upkeep.

    Performance Insights tells of load whose calls it may not count.
    """
    for cost in by_digest(statements, least_active_sessions=least_active_sessions):
        ran = cost.total.calls or isinstance(cost.total, InsightsStatement)
        if ran and not cost.total.own and not cost.upkeep:
            yield cost


def transactions_per_second(databases: Activity[Database]) -> Mapping[str, float]:
    """Transactions ended, by database; empty at a first look that spans no time."""
    seconds = databases.seconds
    return {d.database: (d.commits + d.rollbacks) / seconds for d in databases.rows if seconds}


def calls_per_transaction(cost: DigestCost[Statement], ended: Mapping[str, float]) -> float:
    """How often a transaction runs it; 0 where no transaction ended. The spans may differ."""
    rate = ended.get(cost.total.database, 0.0)
    return cost.calls_per_second / rate if rate else 0.0


def explaining(server: Server, cost: DigestCost[Statement]) -> tuple[str, ...]:
    """What shows its plan without a value for its parameters, or on MySQL a call with values."""
    query = cost.total.query
    if server.engine in MYSQL:
        return sample_call(server, cost)
    if server.engine != "postgres" or not server.at_least(16) or _NOT_PLANNABLE.search(query):
        return ()
    if kind(query) not in ("select", "update", "delete"):
        return ()
    numbers = count(1)
    return (f"EXPLAIN (GENERIC_PLAN) {_MARK.sub(lambda _: f'${next(numbers)}', query)};",)


def sample_call(server: Server, cost: DigestCost[Statement]) -> tuple[str, ...]:
    """Where the server keeps one call with its real values: MySQL 8 and later."""
    key = _SERVER_KEY.search(cost.total.entry)
    if server.engine != "mysql" or not server.at_least(8) or key is None:
        return ()
    name = cost.total.database
    schema = f" AND SCHEMA_NAME = {literal(name)}" if name else " AND SCHEMA_NAME IS NULL"
    return (
        "SELECT QUERY_SAMPLE_TEXT FROM performance_schema.events_statements_summary_by_digest "
        f"WHERE DIGEST = '{key[0]}'{schema};",
    )


def _added(entries: list[Ran]) -> Ran:
    first = max(entries, key=lambda s: s.exec_seconds)
    if len(entries) == 1:
        return first
    row = type(first)
    counted = zip(*map(reader(row, "counter"), entries), strict=True)
    columns = zip(names(row, "counter"), counted, strict=True)
    sums: dict[str, Any] = {
        name: None if None in column else sum(column) for name, column in columns
    }
    query = first.query or next((s.query for s in entries if s.query), "")
    own = all(s.own for s in entries)
    return replace(first, query=query, own=own, **sums)
