"""The whole way from a DSN to a report, as a test asks for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from agent.check import Look, check
from agent.config_target import Target
from agent.judge import Tuning
from agent.watch import Watch
from exporters.report import TargetReport
from rules.evaluate import Recommendation


def look(
    dsn: str,
    *,
    during: Callable[[], None] | None = None,
    limits: Mapping[str, Mapping[str, object]] | None = None,
    **target: Any,
) -> TargetReport:
    """One report on the server behind `dsn`.

    Without `during` the accumulated totals are judged, with a second of live samples. With it,
    the differences over the time it takes, and the samples taken meanwhile.
    """
    watch = Watch(Target(name="live", dsn=dsn, **target), window_seconds=3600)
    try:
        return check(watch, Look(None, 1.0, during), Tuning(limits or {}), lambda _: None)
    finally:
        watch.close()


def found(report: TargetReport, rule_id: str) -> list[Recommendation]:
    """What one rule found; fails where the rule was not evaluated, with the reason."""
    (outcome,) = [o for o in report.rule_outcomes if o.id == rule_id]
    assert outcome.outcome == "evaluated", f"{rule_id} {outcome.outcome}: {outcome.reason}"
    mine = [a.recommendation for a in report.advice]
    return [r for r in mine if r.rule.id == rule_id]
