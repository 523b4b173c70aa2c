"""What every exporter is given: one report over one or more targets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from collectors.outcomes import Outcomes
from collectors.session import Server
from collectors.snapshots.locks import BlockingTree
from collectors.snapshots.sessions import SessionLoad
from rules.evaluate import Recommendation, RuleOutcome

SCHEMA = "dbtriage.report/1"


@dataclass(frozen=True, slots=True)
class Gap:
    """A part of the database's time (or of the rule book) that could not be judged, and why.

    `ratio` is the share of database time it stands for, None where that is not known.
    """

    reason: str
    ratio: float | None = None


@dataclass(frozen=True, slots=True)
class Coverage:
    """`statement_time_ratio`: share of the active time seen that named statements explain."""

    statement_time_ratio: float | None
    gaps: tuple[Gap, ...]


@dataclass(frozen=True, slots=True)
class InsightsCost:
    """What Performance Insights saw of a digest: average active sessions, in all and by wait."""

    sessions: float
    waits: tuple[tuple[str, str, float], ...]


@dataclass(frozen=True, slots=True)
class Insights:
    """How many statements of Performance Insights the database's own statistics have too.

    `seconds` is the span it looked back; `load_ratio` the part of the load that was found.
    """

    seconds: float
    statements: int
    matched: int
    load_ratio: float | None


@dataclass(frozen=True, slots=True)
class StatementCost:
    """One digest in one database over the window; seconds are database time."""

    digest: str
    database: str
    query: str
    calls: int
    exec_seconds: float
    mean_seconds: float
    share_ratio: float
    rows: int | None
    shared_read_bytes: int | None
    shared_hit_bytes: int | None
    temp_written_bytes: int | None
    wal_bytes: int | None
    rows_examined: int | None = None
    insights: InsightsCost | None = None


@dataclass(frozen=True, slots=True)
class Advice:
    """A recommendation with its history; times are Unix seconds by the agent's clock."""

    recommendation: Recommendation
    first_seen: float
    last_seen: float


@dataclass(frozen=True, slots=True)
class TargetReport:
    """One target. `window_seconds` is the span judged, shorter than the window until it is full.

    `error` says why the target is not reachable (or not yet); `advice` comes worst first.
    `aws_answers`: AWS tells of it, whether or not the server itself can be reached.
    """

    name: str
    engine: str
    server: Server | None
    error: str | None
    window_kind: Literal["difference", "since-reset"]
    window_seconds: float
    counting_since: float | None
    outcomes: Outcomes
    rule_outcomes: tuple[RuleOutcome, ...]
    coverage: Coverage
    load: SessionLoad | None
    statements: tuple[StatementCost, ...]
    blocking: tuple[BlockingTree, ...]
    advice: tuple[Advice, ...]
    insights: Insights | None = None
    aws_answers: bool = False

    @property
    def reachable(self) -> bool:
        return self.server is not None and self.error is None


@dataclass(frozen=True, slots=True)
class Report:
    """`generated_at` is Unix seconds by the agent's clock."""

    generated_at: float
    window_kind: Literal["difference", "since-reset"]
    window_seconds: float
    targets: tuple[TargetReport, ...]
