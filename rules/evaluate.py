"""Give each rule what it asks for; every rule ends as evaluated, not evaluated or failed."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from collectors.outcomes import fault
from collectors.snapshot import Activity
from rules.base import Confidence, Finding, Rule, Severity
from rules.planner import Planner

# Less of the time explained than this, and what was seen may not be what matters.
_LEAST_COVERAGE = 0.5


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A finding on one target, with the advice of the rule that made it."""

    target: str
    rule: Rule[...]
    finding: Finding
    confidence: Confidence

    @property
    def id(self) -> str:
        """Stable across rounds and restarts: of the rule, the target and the subject."""
        subject = self.finding.subject
        text = "\0".join((self.rule.id, self.target, subject.kind, subject.database, subject.name))
        return sha256(text.encode()).hexdigest()[:12]

    @property
    def severity(self) -> Severity:
        return self.finding.severity or self.rule.severity

    @property
    def rank(self) -> tuple[float, ...]:
        """Sorts worst first; within a severity by gain, weighed by how sure it is."""
        gain = self.finding.impact.weight * self.confidence / Confidence.VALIDATED
        return (-self.severity, -gain, -self.confidence)


@dataclass(frozen=True, slots=True)
class RuleOutcome:
    id: str
    outcome: Literal["evaluated", "not-evaluated", "failed"]
    reason: str = ""
    findings: int = 0


@dataclass(frozen=True, slots=True)
class Inputs:
    """What there is to judge, by type; `missing` says for other types why they are not there.

    `engines` are those whose rules apply: the server's, and rds where AWS is asked too.
    """

    target: str
    engines: frozenset[str]
    given: Mapping[Any, object]
    missing: Mapping[Any, str]
    coverage: float | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    recommendations: tuple[Recommendation, ...]
    outcomes: tuple[RuleOutcome, ...]


def evaluate(
    rules: Iterable[Rule[...]],
    inputs: Inputs,
    limits: Mapping[str, Mapping[str, Any]],
    mute: Mapping[str, Sequence[str]],
) -> Judgement:
    """Judge one target by every rule made for its engine; the worst comes first.

    `limits` are tuned parameters by rule id; `mute` holds patterns of subjects by rule id
    (``database.name`` or ``name``), whose findings are dropped.
    """
    found: list[Recommendation] = []
    outcomes = []
    for rule in rules:
        if inputs.engines.isdisjoint(rule.engines):
            continue
        outcome, new = _judge(rule, inputs, limits.get(rule.id, {}))
        kept = [r for r in new if not _muted(r, mute.get(rule.id, ()))]
        found += kept
        outcomes.append(RuleOutcome(rule.id, *outcome, findings=len(kept)))
    return Judgement(tuple(sorted(found, key=lambda r: (r.rank, r.id))), tuple(outcomes))


def _judge(
    rule: Rule[...], inputs: Inputs, limits: Mapping[str, Any]
) -> tuple[tuple[Any, str], list[Recommendation]]:
    arguments, missing = _arguments(rule, inputs)
    if missing:
        return ("not-evaluated", "; ".join(dict.fromkeys(missing))), []
    try:
        findings = rule(*arguments, **limits)
    except Exception as error:  # noqa: BLE001  a rule's fault costs one rule, never the report
        return ("failed", fault(error)), []
    cap = _cap(arguments, inputs.coverage)
    return ("evaluated", ""), [
        Recommendation(inputs.target, rule, f, min(cap, f.confidence or rule.confidence))
        for f in findings
    ]


def _arguments(rule: Rule[...], inputs: Inputs) -> tuple[list[object], list[str]]:
    arguments, missing = [], []
    for asked in rule.inputs.values():
        kind, optional = required(asked)
        if kind in inputs.given:
            arguments.append(inputs.given[kind])
        elif optional:
            arguments.append(None)
        else:
            missing.append(inputs.missing.get(kind, f"nothing answers with {_name(kind)}"))
    return arguments, missing


def required(asked: Any) -> tuple[Any, bool]:
    """``X`` must be there; ``X | None`` may be missing."""
    if get_origin(asked) in (Union, UnionType):
        (kind,) = (a for a in get_args(asked) if a is not type(None))
        return kind, True
    return asked, False


def _name(kind: Any) -> str:
    of = "".join(f"[{a.__name__}]" for a in get_args(kind))
    return f"{(get_origin(kind) or kind).__name__}{of}"


def _cap(arguments: Sequence[object], coverage: float | None) -> Confidence:
    """Totals since a reset, and half-seen load, prove less than a difference that was watched."""
    asked_planner = any(isinstance(a, Planner) for a in arguments)
    weak = any(isinstance(a, Activity) and a.accumulated for a in arguments) and not asked_planner
    blind = coverage is not None and coverage < _LEAST_COVERAGE
    return Confidence.ESTIMATED if weak or blind else Confidence.VALIDATED


def _muted(recommendation: Recommendation, patterns: Sequence[str]) -> bool:
    subject = recommendation.finding.subject
    names = (subject.name, f"{subject.database}.{subject.name}")
    return any(fnmatch.fnmatchcase(name, p) for p in patterns for name in names)
