"""A target under way in the daemon."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import replace
from typing import Any

from agent.config import Config
from agent.config_target import Target
from agent.judge import History, Tuning, judge
from agent.own_cost import OwnCost
from agent.planning import planner_for
from agent.watch import Watch
from collectors.base import Collector
from collectors.rds.top_sql import TopSql
from collectors.snapshot import Activity
from collectors.snapshots.statements import Statement
from exporters.prometheus.page import Page
from exporters.prometheus.target import Run, SelfStatus, TargetMetrics
from exporters.report import Gap, TargetReport

log = logging.getLogger(__name__)

_RECENT_SECONDS = 60.0


class Watched:
    """A target under way: what watches it, what it shows, and its last report."""

    def __init__(self, target: Target, config: Config, page: Page) -> None:
        self.target = target
        self.watch = Watch(target, config.agent.window, self._counted, config.collectors)
        self.report: TargetReport | None = None
        self.asked = False
        self.cost = OwnCost(config.agent.own_cost_ratio)
        self._history = History()
        self._tuning = Tuning(config.rules, config.mute)
        self._judged_at = time.monotonic()
        self._judging = threading.Lock()
        self._showing = threading.Lock()
        self._closed = False
        self._metrics = TargetMetrics(
            page,
            (target.name, target.engine),
            statement_series=config.agent.statement_series,
            series_limit=config.agent.series_limit,
            extra_labels=target.labels,
        )

    def tune(self, config: Config) -> None:
        self._tuning = Tuning(config.rules, config.mute)

    def judge(self) -> None:
        """Evaluate the rules and show the result."""
        with self._judging, planner_for(self.watch) as planner:
            made = judge(self.watch, "difference", self._tuning, self._history, planner)
        self.cost.judge(self.watch.spent_seconds)
        if said := self.cost.said:
            gaps = (Gap(said), *made.coverage.gaps)
            made = replace(made, coverage=replace(made.coverage, gaps=gaps))
        self._log_faults(made)
        self.report = made
        with self._showing:
            if not self._closed:
                self._show(made)

    def _log_faults(self, made: TargetReport) -> None:
        """Once each, not at every judgement."""
        before = self.report.rule_outcomes if self.report else ()
        for outcome in made.rule_outcomes:
            if outcome.outcome == "failed" and outcome not in before:
                log.error("%s: rule %s failed: %s", made.name, outcome.id, outcome.reason)

    def _show(self, made: TargetReport) -> None:
        self._metrics.found(self.watch.engine)
        for row in dict.fromkeys(c.row for c in self.watch.collectors):
            self._metrics.seen(row, self.watch.answers.snapshot(row))
        told = (self.watch.answers.snapshot(row) for row in (Statement, TopSql))
        self._metrics.named([row for totals in told if totals for row in totals.rows])
        now = time.monotonic()
        # A report looks back over its window; a graph wants what is happening now.
        load = None if made.error else self.watch.load(last_seconds=_RECENT_SECONDS)
        self._metrics.judged(replace(made, load=load), self._status(), now - self._judged_at)
        self._judged_at = now

    def close(self) -> None:
        self.watch.close()
        with self._showing:
            self._closed = True
            self._metrics.removed()

    def _counted(self, collector: Collector[Any, Any], activity: Activity[Any]) -> None:
        with self._showing:
            if self._closed:
                return
            if issubclass(collector.row, Statement):
                self.cost.counted(activity)
            self._metrics.found(self.watch.engine)
            self._metrics.counted(collector.row, activity)

    def _status(self) -> SelfStatus:
        runs = {
            id: Run(run.last_success, run.duration_seconds, run.failures)
            for id, run in self.watch.answers.runs().items()
        }
        return SelfStatus(runs, self.cost.seconds, self.cost.stretch)
