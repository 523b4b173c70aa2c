"""A rule: a pure function from snapshots to findings, and what there is to say about it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from typing import Any, Generic, Literal, ParamSpec, get_type_hints

P = ParamSpec("P")

MYSQL = ("mysql", "mariadb")
SQL = ("postgres", *MYSQL)
# What is judged by what AWS tells, whether or not there is a SQL connection too.
RDS = ("rds",)

Value = float | int | str | bool | None


class Severity(IntEnum):
    """How soon: page now, today, this week, backlog, context only."""

    INFO = 1
    LOW = 2
    MEDIUM = 3
    HIGH = 4
    CRITICAL = 5


class Confidence(IntEnum):
    """How sure: a rule of thumb, own arithmetic on statistics, or confirmed by a measurement."""

    HEURISTIC = 1
    ESTIMATED = 2
    VALIDATED = 3


class Gain(Enum):
    """What an impact is counted in, with its unit; bigger is always more."""

    TIME = "seconds of database time per hour"
    SPACE = "bytes"
    SESSIONS = "sessions freed"
    HEADROOM = "share of a hard limit used"
    UNKNOWN = ""


@dataclass(frozen=True, slots=True)
class Impact:
    """What following the advice gains.

    TIME is seconds of database time per hour (3,600 is one busy session), SPACE bytes,
    SESSIONS blocked or held sessions, HEADROOM how much of a hard limit is used (0 to 1).
    """

    gain: Gain = Gain.UNKNOWN
    value: float = 0.0

    @property
    def weight(self) -> float:
        """0 to 1, so that gains of all kinds sort in one list; unknown sorts last."""
        full = {Gain.TIME: 3600.0, Gain.SPACE: 1e11, Gain.SESSIONS: 20.0, Gain.HEADROOM: 1.0}
        return min(1.0, max(0.0, self.value) / full[self.gain]) if self.gain in full else 0.0


SubjectKind = Literal[
    "server", "database", "statement", "table", "index", "column", "sequence", "setting",
    "transaction", "session", "slot", "replica", "extension", "role", "relation",
    "instance", "cluster", "proxy",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Subject:
    """What the finding is about; outlives a restart: a relation, digest or setting, never a pid."""

    kind: SubjectKind
    name: str
    database: str = ""


@dataclass(frozen=True, slots=True)
class Remedy:
    """A proposal, never executed by dbtriage.

    `statements` can be pasted as they stand, in order. `risk` names the lock level, how long
    it takes (seconds, minutes, hours) and what can break. `verify` is a query or observation
    with the value to expect and when. `rollback` is exact, or says that none is needed.
    """

    text: str
    statements: tuple[str, ...] = ()
    risk: str = ""
    verify: str = ""
    rollback: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one rule saw of one thing on one server.

    `summary` is one sentence, conclusion first, no literal from a statement. `evidence` is the
    numbers that made it fire, with units in their names. `severity` and `confidence` override
    the rule's own for this finding.
    """

    subject: Subject
    summary: str
    evidence: Mapping[str, Value]
    remedy: Remedy
    impact: Impact = field(default_factory=Impact)
    severity: Severity | None = None
    confidence: Confidence | None = None


@dataclass(frozen=True)
class Rule(Generic[P]):
    judge: Callable[P, Iterator[Finding]]
    title: str
    severity: Severity
    confidence: Confidence
    see: tuple[str, ...]
    engines: tuple[str, ...]

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> list[Finding]:
        return list(self.judge(*args, **kwargs))

    @property
    def id(self) -> str:
        """The function's name, in dashes: ``idle-blocker``."""
        return self.judge.__name__.replace("_", "-")

    @property
    def topic(self) -> str:
        """The folder it lives in: ``locks``."""
        return self.judge.__module__.split(".")[-2]

    @property
    def doc(self) -> str:
        return inspect.getdoc(self.judge) or ""

    @property
    def inputs(self) -> Mapping[str, Any]:
        """What it asks for, by parameter name: the types of its positional parameters."""
        hints = get_type_hints(self.judge)
        return {
            p.name: hints[p.name] for p in self._parameters(inspect.Parameter.POSITIONAL_OR_KEYWORD)
        }

    @property
    def limits(self) -> Mapping[str, Any]:
        """What an operator may tune: its keyword-only parameters with their defaults."""
        return {p.name: p.default for p in self._parameters(inspect.Parameter.KEYWORD_ONLY)}

    def _parameters(self, kind: object) -> list[inspect.Parameter]:
        return [p for p in inspect.signature(self.judge).parameters.values() if p.kind is kind]


def rule(
    *,
    title: str,
    severity: Severity,
    see: tuple[str, ...],
    confidence: Confidence = Confidence.ESTIMATED,
    engines: tuple[str, ...] = ("postgres",),
) -> Callable[[Callable[P, Iterator[Finding]]], Rule[P]]:
    """`engines` are those whose snapshots mean what this rule takes them to mean."""
    return lambda judge: Rule(judge, title, severity, confidence, see, engines)
