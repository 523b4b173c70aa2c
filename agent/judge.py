"""From a watched target to its report: what there is to judge, by every rule, with history."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from agent.coverage import coverage
from agent.discovery import all_rules
from agent.insights_report import joined
from agent.watch import OUT_OF_REACH, Watch
from collectors.fields import lineage
from collectors.mysql.statements import MysqlStatement
from collectors.outcomes import Outcomes
from collectors.rds.statements import InsightsStatement
from collectors.rds.top_sql import TopSql
from collectors.session import Server
from collectors.snapshot import Activity, Snapshot
from collectors.snapshots.locks import LockWait, named, trees
from collectors.snapshots.schema import Table
from collectors.snapshots.sessions import SessionLoad
from collectors.snapshots.statements import Statement
from exporters.report import Advice, StatementCost, TargetReport
from rules.evaluate import Inputs, Judgement, Recommendation, RuleOutcome, evaluate
from rules.planner import Planner
from rules.statements.by_digest import by_digest

WindowKind = Literal["difference", "since-reset"]
_TOP_STATEMENTS = 50
_ABSENCES_TO_RESOLVE = 2


@dataclass(frozen=True, slots=True)
class Tuning:
    """What the operator set: limits by rule id, and muted subjects by rule id."""

    limits: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    mute: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(slots=True)
class _Open:
    advice: Advice
    absent: int = 0


class History:
    """Opens, keeps and resolves recommendations; a rule that could not be judged resolves none."""

    def __init__(self) -> None:
        self._open: dict[str, _Open] = {}

    def update(
        self, judged: Judgement, now: float, unseen: Collection[str] = ()
    ) -> tuple[Advice, ...]:
        """What is open now, worst first. Gone is what was absent twice in a row.

        Nothing of an `unseen` database is gone: it could not be looked at.
        """
        found = {r.id: r for r in judged.recommendations}
        blind = {o.id for o in judged.outcomes if o.outcome != "evaluated"}
        for id, recommendation in found.items():
            was = self._open.get(id)
            first = was.advice.first_seen if was else now
            self._open[id] = _Open(Advice(recommendation, first, now))
        for id in self._open.keys() - found.keys():
            entry = self._open[id]
            about = entry.advice.recommendation
            hidden = about.rule.id in blind or about.finding.subject.database in unseen
            entry.absent += not hidden
            if entry.absent >= _ABSENCES_TO_RESOLVE:
                del self._open[id]
        order = sorted(self._open.values(), key=lambda o: _order(o.advice.recommendation))
        return tuple(o.advice for o in order)


def judge(
    watch: Watch,
    kind: WindowKind,
    tuning: Tuning,
    history: History,
    planner: Planner | None = None,
) -> TargetReport:
    """Evaluate all rules on what is known right now."""
    inputs = _inputs(watch, kind, planner)
    judged = _judged(watch, inputs, tuning)
    now = time.time()
    statements = _given(inputs, Activity[Statement], Activity)
    load = _given(inputs, SessionLoad, SessionLoad)
    locks = _given(inputs, Snapshot[LockWait], Snapshot)
    totals = watch.answers.snapshot(Statement)
    top = _given(inputs, Activity[TopSql], Activity)
    span = statements or (top if watch.error else None) or load
    costs, insights = joined(
        top,
        totals.rows if totals else (),
        _costs(statements),
        own=watch.engine != "rds" and watch.error is None,
    )
    return TargetReport(
        name=watch.target.name,
        engine=watch.engine,
        server=watch.server,
        error=watch.error,
        window_kind=kind,
        window_seconds=span.seconds if span else 0.0,
        counting_since=_counting_since(watch, totals),
        outcomes=watch.outcomes(),
        rule_outcomes=judged.outcomes,
        coverage=coverage(watch.answers, kind),
        load=load,
        statements=costs,
        blocking=trees(locks.rows) if locks else (),
        advice=history.update(judged, now, watch.answers.unseen()),
        insights=insights,
        aws_answers=watch.aws_answers,
    )


def _judged(watch: Watch, inputs: Inputs, tuning: Tuning) -> Judgement:
    """By the rules of all its engines; those of a server that never answered only say so."""
    judged = evaluate(all_rules(), inputs, tuning.limits, tuning.mute)
    left = [r for r in all_rules() if inputs.engines.isdisjoint(r.engines)]
    unasked = [
        RuleOutcome(r.id, "not-evaluated", OUT_OF_REACH)
        for r in left
        if not watch.engines.isdisjoint(r.engines)
    ]
    return replace(judged, outcomes=tuple(sorted((*judged.outcomes, *unasked), key=_id)))


def _id(outcome: RuleOutcome) -> str:
    return outcome.id


def _counting_since(watch: Watch, totals: Snapshot[Any] | None) -> float | None:
    """Of the statements; where only AWS answers, of what Performance Insights told."""
    if totals is None and watch.error:
        totals = watch.answers.snapshot(TopSql)
    return totals.counting_since if totals else None


def _given(inputs: Inputs, kind: Any, of: Any) -> Any:
    found = inputs.given.get(kind)
    return found if isinstance(found, of) else None


def _order(recommendation: Recommendation) -> tuple[Any, ...]:
    return recommendation.rank, recommendation.id


def _inputs(watch: Watch, kind: WindowKind, planner: Planner | None) -> Inputs:
    """Everything a rule may ask for by type, and for what is not there the reason."""
    outcomes = watch.outcomes()
    given: dict[Any, object] = {Outcomes: outcomes}
    reached = watch.server is not None
    missing: dict[Any, str] = {
        SessionLoad: "no session sample was taken yet" if reached else OUT_OF_REACH,
        Server: OUT_OF_REACH,
        Planner: "the planner cannot be asked on this target",
    }
    _put(given, Server, watch.server)
    _put(given, SessionLoad, watch.load())
    _put(given, Planner, planner)
    for collector in watch.collectors:
        outcome = outcomes.get(collector.id)
        why = f"{collector.id}: {outcome.reason if outcome else 'not asked yet'}"
        if outcome and outcome.reason in (OUT_OF_REACH, watch.error):
            why = OUT_OF_REACH
        snapshot = watch.answers.snapshot(collector.row)
        ran = watch.answers.activity(collector.row, since_reset=kind == "since-reset")
        uncounted = (
            f"{collector.id}: the server does not say since when it counts"
            if kind == "since-reset"
            else f"{collector.id}: the first look has nothing to compare with"
        )
        row: Any
        for row in lineage(collector.row):
            _put(given, Snapshot[row], snapshot)
            _put(given, Activity[row], ran if snapshot else None)
            missing[Snapshot[row]] = why
            missing[Activity[row]] = uncounted if snapshot else why
    if (waits := watch.answers.snapshot(LockWait)) and (tables := watch.answers.snapshot(Table)):
        given[Snapshot[LockWait]] = named(waits, tables)
    ratio = coverage(watch.answers, kind).statement_time_ratio
    # Settings and the rest of a server that only AWS tells of are not its own.
    by_aws = watch.server is not None and watch.server.engine == "rds"
    engines = frozenset({"rds"}) if by_aws else watch.engines
    return Inputs(watch.target.name, engines, given, missing, ratio)


def _put(given: dict[Any, object], kind: Any, value: object) -> None:
    if value is not None:
        given[kind] = value


def _costs(ran: Activity[Statement] | None) -> tuple[StatementCost, ...]:
    if ran is None:
        return ()
    return tuple(
        StatementCost(
            digest=cost.total.digest,
            database=cost.total.database,
            query=cost.total.query,
            calls=cost.total.calls,
            exec_seconds=cost.total.exec_seconds,
            mean_seconds=cost.mean_seconds,
            share_ratio=cost.share_ratio,
            rows=cost.total.rows,
            shared_read_bytes=cost.total.shared_read_bytes,
            shared_hit_bytes=cost.total.shared_hit_bytes,
            temp_written_bytes=cost.total.temp_written_bytes,
            wal_bytes=cost.total.wal_bytes,
            rows_examined=_examined(cost.total),
        )
        for cost in [c for c in by_digest(ran) if not c.total.own][:_TOP_STATEMENTS]
    )


def _examined(statement: Statement) -> int | None:
    if isinstance(statement, MysqlStatement | InsightsStatement):
        return statement.rows_examined
    return None
