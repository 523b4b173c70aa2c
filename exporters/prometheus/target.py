"""What one target shows on /metrics: its rows, its report, and how dbtriage itself does."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from collectors.fields import exported, names, noun, reader
from collectors.rds.top_sql import TopSql
from collectors.snapshot import Activity, Snapshot
from collectors.snapshots.statements import Statement
from exporters.prometheus.counters import Counters, Top
from exporters.prometheus.families import Family, escaped, family, gauges, labels
from exporters.prometheus.page import Page
from exporters.report import TargetReport
from rules.base import Severity

_QUERY_CHARACTERS = 512


@dataclass(frozen=True, slots=True)
class Run:
    """How a collector's runs went; times in seconds, `last_success` Unix time or None."""

    last_success: float | None
    duration_seconds: float
    failures: int


@dataclass(frozen=True, slots=True)
class SelfStatus:
    """dbtriage's own work on a target. `database_seconds` is time the server spent for it."""

    runs: Mapping[str, Run]
    database_seconds: float
    stretch_ratio: float


class TargetMetrics:
    """Series of one target. `counted` may be called from any thread, one at a time a row."""

    def __init__(
        self,
        page: Page,
        target: tuple[str, str],
        *,
        statement_series: int = 100,
        series_limit: int = 20_000,
        extra_labels: Mapping[str, str] | None = None,
    ) -> None:
        self._page = page
        self._name, self._engine = target
        self._labels = labels({"target": self._name, "engine": self._engine})
        self._target = labels({"target": self._name})
        self._tops = {
            Statement: Top("exec_seconds", ("database", "digest"), statement_series),
            TopSql: Top("load_seconds", ("digest",), statement_series),
        }
        self._limit = series_limit
        self._extra = dict(extra_labels or {})
        self._counters: dict[type[Any], Counters] = {}
        self._queries: dict[str, str] = {}
        self._statements: dict[tuple[Any, ...], list[Any]] = {}
        self._blocked_seconds = 0.0
        self._cut: dict[str, int] = {}
        self._cuts = 0

    def found(self, engine: str) -> None:
        """What the server turned out to be: mysql:// may lead to a MariaDB."""
        if engine != self._engine:
            self._engine = engine
            self._labels = labels({"target": self._name, "engine": engine})
            self._counters.clear()
            self._page.remove(self._name)

    def counted(self, row: type[Any], activity: Activity[Any]) -> None:
        """Add one round of a collector to its counters."""
        if exported(row) and names(row, "counter"):
            counters = self._of_row(row)
            counters.add(activity.rows)
            self._put(f"counted {noun(row)}", counters.families())

    def seen(self, row: type[Any], snapshot: Snapshot[Any] | None) -> None:
        """Show the gauges of a collector's latest answer; None takes them away."""
        if not exported(row):
            return
        rows: Sequence[Any] = snapshot.rows if snapshot else ()
        if names(row, "counter") and snapshot is not None:
            counters = self._of_row(row)
            if counters.begin(rows) or (not snapshot.partial and counters.keep(rows)):
                self._put(f"counted {noun(row)}", counters.families())
        if names(row, "gauge"):
            if snapshot is None and issubclass(row, Statement):
                self._statements = {}
            shown = self._of_shown(row, rows) if issubclass(row, Statement) else rows
            self._put(f"seen {noun(row)}", gauges(shown, row, self._labels))

    def _of_shown(self, row: type[Any], rows: Sequence[Any]) -> Sequence[Any]:
        """The latest look at each statement that has a series: a round may leave out idle ones."""
        key, shown = reader(row, "label"), self._of_row(row).shown()
        latest: dict[tuple[Any, ...], list[Any]] = defaultdict(list)
        for r in rows:
            if (labels := key(r)) in shown:
                latest[labels].append(r)
        idle = {labels: kept for labels, kept in self._statements.items() if labels in shown}
        self._statements = idle | latest
        return tuple(r for entries in self._statements.values() for r in entries)

    def named(self, statements: Iterable[Statement | TopSql]) -> None:
        """Show the text of each digest that has a series."""
        digests = {
            dict(zip(names(row, "label"), key, strict=True))["digest"]
            for row, counters in self._counters.items()
            if issubclass(row, (Statement, TopSql))
            for key in counters.shown()
        }
        for statement in statements:
            if statement.query and statement.digest in digests:
                self._queries[statement.digest] = statement.query
        self._queries = {d: q for d, q in self._queries.items() if d in digests}
        pairs = (
            (f'{self._target},digest="{escaped(digest)}",query="{escaped(_cut(query))}"', 1.0)
            for digest, query in self._queries.items()
        )
        info = family("dbtriage_statement_info", "gauge", "Text of a digest.", pairs)
        self._page.put(self._name, "statement texts", [info])

    def judged(self, report: TargetReport, status: SelfStatus, seconds: float) -> None:
        """Show a report; `seconds` is the time since the last one."""
        blocked = sum(tree.blocked_sessions for tree in report.blocking)
        self._blocked_seconds += blocked * seconds
        shown = [*self._of_report(report, blocked), *self._of_self(report, status)]
        self._page.put(self._name, "report", shown)

    def removed(self) -> None:
        self._page.remove(self._name)

    def _of_row(self, row: type[Any]) -> Counters:
        top = next((t for of, t in self._tops.items() if issubclass(row, of)), None)
        return self._counters.setdefault(
            row, Counters(row, self._labels, top, self._limit * 9 // 10)
        )

    def _put(self, part: str, families: list[Family]) -> None:
        """The series budget is hard: families that would pass it are left out and counted.

        Statements keep to a budget of their own and go first.
        """
        room = self._limit - self._page.series(self._name, besides=part)
        if part == f"counted {noun(Statement)}":
            room = self._limit
        kept = []
        for made in families:
            left_out = made.count if made.count > room else 0
            self._cuts += max(left_out - self._cut.get(made.name, 0), 0)
            self._cut[made.name] = left_out
            if not left_out:
                kept.append(made)
                room -= made.count
        self._page.put(self._name, part, kept)

    def _of_report(self, report: TargetReport, blocked: int) -> Iterator[Family]:
        up, target = float(report.reachable), self._labels
        yield family("dbtriage_up", "gauge", "The target answers.", [(target, up)])
        yield family(
            "dbtriage_target_info", "gauge", "About the target.", [(self._about(report), 1)]
        )
        if report.load:
            waits = (
                (
                    f"{target},{labels({'wait_type': w.wait_type, 'wait_event': w.wait_event})}",
                    w.sessions,
                )
                for w in report.load.by_wait
            )
            said = "Average active sessions, by wait."
            yield family("dbtriage_active_sessions", "gauge", said, waits)
        of = self._target
        said = "Sessions that wait for a lock."
        yield family("dbtriage_blocked_sessions", "gauge", said, [(of, blocked)])
        said = "Time sessions waited for locks, as sampled."
        yield family("dbtriage_blocked_seconds", "counter", said, [(of, self._blocked_seconds)])
        yield from self._advice(report)

    def _advice(self, report: TargetReport) -> Iterator[Family]:
        open_now = [a.recommendation for a in report.advice]
        by_severity = Counter(r.severity for r in open_now)
        counts = ((f'{self._target},severity="{s.name.lower()}"', by_severity[s]) for s in Severity)
        yield family("dbtriage_recommendations", "gauge", "Open recommendations.", counts)
        about = {
            labels(
                {
                    "target": self._name,
                    "rule": r.rule.id,
                    "severity": r.severity.name.lower(),
                    "subject": ".".join(
                        p for p in (r.finding.subject.database, r.finding.subject.name) if p
                    ),
                }
            ): 1
            for r in open_now
        }
        said = "An open recommendation."
        yield family("dbtriage_recommendation_info", "gauge", said, about.items())

    def _of_self(self, report: TargetReport, status: SelfStatus) -> Iterator[Family]:
        runs = [(f'{self._target},collector="{id}"', run) for id, run in status.runs.items()]
        name, said = "dbtriage_collector_last_success_timestamp_seconds", "Last answer it gave."
        answered = [(of, run.last_success) for of, run in runs if run.last_success is not None]
        yield family(name, "gauge", said, answered)
        yield family(
            "dbtriage_collector_duration_seconds", "gauge", "How long a collector last took.",
            [(of, run.duration_seconds) for of, run in runs],
        )  # fmt: skip
        yield family(
            "dbtriage_collector_failures", "counter", "Runs of a collector that failed.",
            [(of, run.failures) for of, run in runs],
        )  # fmt: skip
        of = self._target
        evicted = sum(c.evicted for c in self._counters.values()) + self._cuts
        said = "Time the server spent for dbtriage."
        yield family(
            "dbtriage_self_database_seconds", "counter", said, [(of, status.database_seconds)]
        )
        said = "Series taken away to keep within limits."
        yield family("dbtriage_series_evicted", "counter", said, [(of, evicted)])
        said = "How much intervals are stretched to keep within the cost budget; 1 is not at all."
        yield family(
            "dbtriage_self_interval_stretch_ratio", "gauge", said, [(of, status.stretch_ratio)]
        )
        said = "Share of the database's time that known statements explain."
        ratio = report.coverage.statement_time_ratio
        known = [] if ratio is None else [(of, ratio)]
        yield family("dbtriage_coverage_statement_time_ratio", "gauge", said, known)

    def _about(self, report: TargetReport) -> str:
        server = report.server
        return labels(
            {
                "target": self._name,
                "engine": self._engine,
                "version": server.version if server else "",
                "platform": server.platform if server else "",
                **self._extra,
            }
        )


def _cut(query: str) -> str:
    return query if len(query) <= _QUERY_CHARACTERS else query[: _QUERY_CHARACTERS - 1] + "…"
