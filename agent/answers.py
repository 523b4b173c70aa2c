"""All that collectors said of one target; the seam that a lasting store can take over."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from agent.ledger import Ledger, accumulated, merged
from agent.load import LoadWindow
from collectors.base import Collector
from collectors.fields import names
from collectors.outcomes import Outcome
from collectors.snapshot import Activity, Snapshot
from collectors.snapshots.sessions import SessionLoad, SessionSample


@dataclass(slots=True)
class Part:
    """What one collector said of one database ("" where it speaks for the server)."""

    ledger: Ledger[Any] | None
    snapshot: Snapshot[Any] | None = None
    outcome: Outcome | None = None


@dataclass(slots=True)
class CollectorRun:
    """How a collector's runs went, for metrics."""

    last_success: float | None = None
    duration_seconds: float = 0.0
    failures: int = 0


class Answers:
    """Written by the threads that ask, read by those that judge; one lock guards it."""

    def __init__(self, collectors: Sequence[Collector[Any, Any]], window_seconds: float) -> None:
        self._collectors = collectors
        self._window_seconds = window_seconds
        self._lock = threading.RLock()
        self._parts: dict[str, dict[str, Part]] = defaultdict(dict)
        self._runs: dict[str, CollectorRun] = defaultdict(CollectorRun)
        self._load = LoadWindow(window_seconds)

    def reason(self, collector: Collector[Any, Any], database: str) -> str:
        """Why it did not answer the last time; empty if it did."""
        outcome = self._part(collector, database).outcome
        return outcome.reason if outcome else ""

    def take(
        self,
        collector: Collector[Any, Any],
        database: str,
        answer: Snapshot[Any],
        instance: str | None,
    ) -> Activity[Any] | None:
        """Keep an answer; what was counted since the last one, None for the first."""
        with self._lock:
            self._part(collector, database).snapshot = answer
            self._runs[collector.id].last_success = time.time()
            if collector.row is SessionSample:
                self._load.add(answer)
            ledger = self._part(collector, database).ledger
            return ledger.add(answer, instance) if ledger else None

    def ended(
        self, collector: Collector[Any, Any], database: str, outcome: Outcome, seconds: float = 0.0
    ) -> None:
        """Keep how a run ended; what it answered before is forgotten unless it answered."""
        with self._lock:
            part, run = self._part(collector, database), self._runs[collector.id]
            part.outcome, run.duration_seconds = outcome, seconds
            if outcome.ended != "answered":
                part.snapshot = None
                run.failures += outcome.ended == "failed"

    def forget_other_databases(self, living: Iterable[str]) -> None:
        with self._lock:
            for collector in self._collectors:
                if collector.per_database:
                    parts = self._parts[collector.id]
                    for gone in parts.keys() - set(living):
                        del parts[gone]

    def unseen(self) -> frozenset[str]:
        """Databases that did not answer a collector when they were last asked."""
        with self._lock:
            return frozenset(
                database
                for parts in self._parts.values()
                for database, part in parts.items()
                if database and part.outcome and part.outcome.ended != "answered"
            )

    def runs(self) -> dict[str, CollectorRun]:
        with self._lock:
            return dict(self._runs)

    def outcomes(self, unasked: str) -> Iterator[Outcome]:
        """One a collector, in the order of ids; `unasked` is the reason of those without one."""
        with self._lock:
            for collector in self._collectors:
                yield self._outcome(collector) or Outcome(collector.id, "skipped", unasked)

    def snapshot(self, row: type[Any]) -> Snapshot[Any] | None:
        """The latest answer made of these rows, of all databases together."""
        with self._lock:
            given = [s for p in self._of_row(row) if (s := p.snapshot)]
        if not given:
            return None
        starts = [s.counting_since for s in given if s.counting_since is not None]
        return Snapshot(
            max(s.taken_at for s in given),
            tuple(r for s in given for r in s.rows),
            max(starts, default=None),
            tuple(g for s in given for g in s.gaps),
            any(s.partial for s in given),
        )

    def activity(self, row: type[Any], *, since_reset: bool) -> Activity[Any] | None:
        """What these rows counted: over the window watched, or since the server's reset."""
        with self._lock:
            parts = self._of_row(row)
            if since_reset:
                return merged(a for p in parts if p.snapshot and (a := accumulated(p.snapshot)))
            return merged(a for p in parts if p.ledger and (a := p.ledger.window()))

    def load(self, last_seconds: float | None = None) -> SessionLoad | None:
        """Of the window, or only of its last seconds; None before the first sample."""
        with self._lock:
            return self._load.load(last_seconds)

    def _part(self, collector: Collector[Any, Any], database: str) -> Part:
        with self._lock:
            parts = self._parts[collector.id]
            if database not in parts:
                counts = names(collector.row, "counter")
                ledger = Ledger(collector.row, self._window_seconds) if counts else None
                parts[database] = Part(ledger)
            return parts[database]

    def _of_row(self, row: type[Any]) -> list[Part]:
        asked = [c for c in self._collectors if issubclass(c.row, row)]
        return [part for c in asked for part in self._parts[c.id].values()]

    def _outcome(self, collector: Collector[Any, Any]) -> Outcome | None:
        """Of several databases: answered where any did, and the others are named."""
        said = {d: p.outcome for d, p in self._parts[collector.id].items() if p.outcome}
        if not said:
            return None
        if not collector.per_database or "" in said:
            return said[""]
        bad = {d: o for d, o in said.items() if o.ended != "answered"}
        gaps = [f"database {d}: {o.reason}" for d, o in said.items() if o.reason]
        first = next(iter((bad or said).values()))
        ended = "answered" if len(bad) < len(said) else first.ended
        return Outcome(collector.id, ended, "; ".join(gaps), any(o.privilege for o in bad.values()))
