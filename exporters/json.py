"""The report as JSON, ``dbtriage.report/1``: a contract, so keys are added and never change."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime

from collectors.snapshots.locks import BlockingTree, LockWait
from exporters.figures import tally
from exporters.report import SCHEMA, Advice, Report, TargetReport
from rules.base import Gain

Document = dict[str, object]


def render(report: Report) -> str:
    # Escaped to ASCII: what a terminal would obey never reaches it.
    return json.dumps(document(report), indent=2, allow_nan=False) + "\n"


def document(report: Report) -> Document:
    """The whole report."""
    return _stamped(report, "targets", [_target(t) for t in report.targets])


def targets(report: Report) -> Document:
    """What is known of each target, without its statements, blocking and recommendations."""
    return _stamped(
        report,
        "targets",
        [
            {**_about(t), "findings": {s.name.lower(): number for s, number in tally(t.advice)}}
            for t in report.targets
        ],
    )


def recommendations(report: Report) -> Document:
    """Those of all targets in one list, worst first."""
    found = [(t.name, a) for t in report.targets for a in t.advice]
    found.sort(key=lambda f: f[1].recommendation.rank)
    rows = [{"target": name, **_recommendation(advice)} for name, advice in found]
    return _stamped(report, "recommendations", rows)


def statements(report: Report) -> Document:
    """The top statements of each target."""
    rows = [{"target": t.name, **row} for t in report.targets for row in _statements(t)]
    return _stamped(report, "statements", rows)


def blocking(report: Report) -> Document:
    """The blocking trees of each target."""
    rows = [{"target": t.name, **_tree(tree)} for t in report.targets for tree in t.blocking]
    return _stamped(report, "blocking", rows)


def _stamped(report: Report, part: str, rows: list[Document]) -> Document:
    return {
        "schema": SCHEMA,
        "generated_at": _time(report.generated_at),
        "window_kind": report.window_kind,
        "window_seconds": _number(report.window_seconds),
        part: rows,
    }


def _target(target: TargetReport) -> Document:
    return {
        **_about(target),
        "statements": _statements(target),
        "blocking": [_tree(tree) for tree in target.blocking],
        "recommendations": [_recommendation(a) for a in target.advice],
    }


def _about(target: TargetReport) -> Document:
    server = target.server
    return {
        "name": target.name,
        "engine": target.engine,
        "version": server.version or None if server else None,
        "platform": server.platform if server else None,
        "reachable": target.reachable,
        "error": target.error,
        "window_kind": target.window_kind,
        "window_seconds": _number(target.window_seconds),
        "counting_since": _time(target.counting_since),
        "outcomes": {
            "collectors": [
                {"id": o.id, "outcome": o.ended, "reason": o.reason} for o in target.outcomes.rows
            ],
            "rules": [
                {
                    "id": o.id,
                    "outcome": o.outcome,
                    "reason": o.reason,
                    "findings": o.findings,
                }
                for o in target.rule_outcomes
            ],
        },
        "coverage": {
            "statement_time_ratio": _number(target.coverage.statement_time_ratio),
            "gaps": [{"reason": g.reason, "ratio": _number(g.ratio)} for g in target.coverage.gaps],
        },
        "load": _load(target),
        "insights": _finite(asdict(target.insights)) if target.insights else None,
    }


def _load(target: TargetReport) -> Document:
    """Without samples nothing is known: a load of None, not of 0."""
    load = target.load if target.load and target.load.samples else None
    return {
        "average_active_sessions": _number(load.average_active_sessions) if load else None,
        "by_wait": [
            {"type": w.wait_type, "event": w.wait_event, "sessions": _number(w.sessions)}
            for w in (load.by_wait if load else ())
        ],
    }


def _statements(target: TargetReport) -> list[Document]:
    return [_finite(asdict(cost)) for cost in target.statements]


def _tree(tree: BlockingTree) -> Document:
    first = tree.first
    return {
        "root": {
            "pid": tree.root,
            "state": first.blocker_state,
            "query": first.blocker_query,
            "application": first.blocker_application,
            "user": first.blocker_user,
            "state_seconds": _number(first.blocker_state_seconds),
            "transaction_seconds": _number(first.blocker_transaction_seconds),
        },
        "depth": tree.depth,
        "blocked_sessions": tree.blocked_sessions,
        "waited_seconds": _number(tree.waited_seconds),
        "edges": [_edge(edge) for edge in tree.edges],
    }


def _edge(edge: LockWait) -> Document:
    return {
        "waiter": edge.waiter,
        "blocker": edge.blocker,
        "kind": edge.kind,
        "object": edge.object,
        "waited_seconds": _number(edge.waited_seconds),
        "database": edge.database,
        "waiter_user": edge.waiter_user,
        "waiter_application": edge.waiter_application,
        "waiter_query": edge.waiter_query,
    }


def _recommendation(advice: Advice) -> Document:
    given = advice.recommendation
    finding, gain = given.finding, given.finding.impact.gain
    known = gain is not Gain.UNKNOWN
    return {
        "id": given.id,
        "rule": given.rule.id,
        "title": given.rule.title,
        "severity": given.severity.name.lower(),
        "confidence": given.confidence.name.lower(),
        "subject": asdict(finding.subject),
        "summary": finding.summary,
        "evidence": _finite(finding.evidence),
        "impact": {
            "kind": gain.name.lower(),
            "value": _number(finding.impact.value) if known else None,
            "unit": gain.value if known else None,
        },
        "first_seen": _time(advice.first_seen),
        "last_seen": _time(advice.last_seen),
        "remedy": {**asdict(finding.remedy), "statements": list(finding.remedy.statements)},
        "see": list(given.rule.see),
    }


def _time(at: float | None) -> str | None:
    if at is None:
        return None
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def _finite(values: Mapping[str, object]) -> Document:
    return {k: _number(v) if isinstance(v, float) else v for k, v in values.items()}


def _number(value: float | None) -> float | None:
    """JSON has no word for NaN and infinity: None."""
    return value if value is not None and math.isfinite(value) else None
