"""One watched target: its connections, its latest answers, and what was counted in between."""

from __future__ import annotations

import contextlib
import fnmatch
import itertools
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from types import MappingProxyType
from typing import Any, TypeVar

from agent.collect import ask
from agent.config import Target
from agent.discovery import all_collectors
from agent.lane import Lane
from agent.ledger import Ledger, accumulated, merged
from agent.load import LoadWindow
from agent.targets.addresses import address_of
from agent.targets.postgres import PostgresSession, connect
from collectors.base import Collector
from collectors.fields import names
from collectors.outcomes import Outcome, Outcomes
from collectors.session import ConnectionLost, Server, SessionError
from collectors.snapshot import Activity, Snapshot
from collectors.snapshots.sessions import SessionLoad, SessionSample
from rules.wording import quoted

Kept = TypeVar("Kept")
NOTHING: Mapping[str, float] = MappingProxyType({})
_MOST_LOST = 3  # connections lost in a row before a walk ends
OUT_OF_REACH = "the target cannot be reached"
Counted = Callable[[Collector[Any, Any], Activity[Any]], None]


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


@dataclass(slots=True)
class Answers:
    """All that is known of a target; guarded by the lock of its Watch."""

    parts: dict[str, dict[str, Part]] = field(default_factory=lambda: defaultdict(dict))
    runs: dict[str, CollectorRun] = field(default_factory=lambda: defaultdict(CollectorRun))
    server: Server | None = None


class Watch:
    """Its three lanes are used by at most one thread each; answers may be read from any."""

    def __init__(
        self,
        target: Target,
        window_seconds: float,
        counted: Counted | None = None,
        every: Mapping[str, float] = NOTHING,
    ) -> None:
        """`every` are intervals in seconds by collector id, where the default is not wanted."""
        self.target = target
        self.collectors = tuple(_at_interval(c, every.get(c.id)) for c in all_collectors())
        self.started_at = time.time()
        self._window_seconds = window_seconds
        self._counted = counted
        self._answers = Answers()
        self._lock = threading.RLock()
        self._load = LoadWindow(window_seconds)
        self._kept: dict[type, Any] = {}
        self._address = address_of(target)
        self._main = Lane(target.name, self._connect)
        self._sampler = Lane(f"{target.name} (samples)", self._connect)
        self._databases: tuple[str, ...] = ()
        self._walk_spent_seconds = 0.0
        self._elsewhere = threading.Lock()
        self._there: PostgresSession | None = None
        self._closed = False

    @property
    def server(self) -> Server | None:
        return self._answers.server

    @property
    def error(self) -> str | None:
        """Why the target cannot be asked right now; None while it can."""
        return self._main.error

    @property
    def spent_seconds(self) -> float:
        """Time spent waiting for the server's answers so far."""
        return self._main.spent_seconds + self._sampler.spent_seconds + self._walk_spent_seconds

    @property
    def runs(self) -> Mapping[str, CollectorRun]:
        return self._answers.runs

    def main(self) -> Lane:
        """The lane for everything but samples, shared with the planner."""
        return self._main

    @contextlib.contextmanager
    def in_database(self, database: str) -> Iterator[PostgresSession]:
        """Lend the main lane where it is in this database, else a connection between two walks."""
        server = self.server
        at_home = server is not None and server.database == database
        with self._main.session() if at_home else self._another(database) as session:
            yield session

    def keep(self, kind: type[Kept]) -> Kept:
        """The one `kind` that is kept for this target, made at the first call."""
        with self._lock:
            return self._kept.setdefault(kind, kind())  # type: ignore[no-any-return]

    def collect(self, asked: Iterable[Collector[Any, Any]]) -> None:
        """Ask server-wide collectors, one after the other; a lost connection fails the rest."""
        self._ask_all(self._main, [c for c in asked if not c.per_database])

    def sample(self) -> None:
        """Take one session sample."""
        self._ask_all(self._sampler, [c for c in self.collectors if c.row is SessionSample])

    def walk(
        self,
        asked: Iterable[Collector[Any, Any]],
        progress: Callable[[int, int], None] = lambda *_: None,
    ) -> None:
        """Ask per-database collectors in each database in turn, over one connection at a time."""
        wanted = [c for c in asked if c.per_database]
        if not wanted:
            return
        try:
            with self._main.session() as session:
                listed = [d for d in session.databases() if self._included(d.name)]
        except SessionError as error:
            self._fail(wanted, "", str(error))
            return
        self._databases = tuple(d.name for d in listed if d.allowed)
        self._forget_dropped()
        self._refuse(wanted, [d.name for d in listed if not d.allowed])
        if self.target.databases != "all":
            for absent in set(self.target.databases) - {d.name for d in listed}:
                self._fail(wanted, absent, "there is no such database")
        lost = 0
        for done, database in enumerate(self._databases):
            progress(done, len(self._databases))
            lost = 0 if self._visit(database, wanted) else lost + 1
            if lost == _MOST_LOST or self._closed:
                return
        progress(len(self._databases), len(self._databases))

    def close(self) -> None:
        """For good, and at once, whatever is under way."""
        self._closed = True
        self._main.close()
        self._sampler.close()
        if there := self._there:
            there.cut()

    def outcomes(self) -> Outcomes:
        """One for each collector of this engine, in the order of their ids."""
        if self.server is None and self.error:
            return Outcomes(tuple(Outcome(c.id, "skipped", OUT_OF_REACH) for c in self.collectors))
        with self._lock:
            return Outcomes(tuple(self._outcome(c) for c in self.collectors))

    def snapshot(self, row: type[Any]) -> Snapshot[Any] | None:
        """The latest answer made of these rows, of all databases together."""
        with self._lock:
            given = [s for p in self._parts(row) if (s := p.snapshot)]
        if not given:
            return None
        starts = [s.counting_since for s in given if s.counting_since is not None]
        return Snapshot(
            max(s.taken_at for s in given),
            tuple(r for s in given for r in s.rows),
            max(starts, default=None),
            tuple(g for s in given for g in s.gaps),
        )

    def activity(self, row: type[Any], *, since_reset: bool) -> Activity[Any] | None:
        """What these rows counted: over the window watched, or since the server's reset."""
        with self._lock:
            parts = self._parts(row)
            if since_reset:
                return merged(a for p in parts if p.snapshot and (a := accumulated(p.snapshot)))
            return merged(a for p in parts if p.ledger and (a := p.ledger.window()))

    def load(self) -> SessionLoad | None:
        with self._lock:
            return self._load.load()

    def _connect(self, database: str | None = None) -> PostgresSession:
        address = self._address.in_database(database) if database else self._address
        if self._closed:
            raise ConnectionLost("it is no longer watched")
        session = connect(address, self._kept)
        if database is None:
            self._answers.server = session.server
        return session

    def _included(self, database: str) -> bool:
        excluded = any(fnmatch.fnmatchcase(database, p) for p in self.target.exclude_databases)
        listed = self.target.databases
        return not excluded and (listed == "all" or database in listed)

    def _visit(self, database: str, wanted: list[Collector[Any, Any]]) -> bool:
        """Whether it could be connected to, and the connection lasted."""
        left = list(wanted)
        try:
            with self._another(database) as session:
                while left:
                    self._take(left[0], session, database)
                    left.pop(0)
        except SessionError as error:
            self._fail(left, database, str(error))
        return not left

    @contextlib.contextmanager
    def _another(self, database: str) -> Iterator[PostgresSession]:
        """The one connection besides the two lanes; whoever wants it waits for its turn."""
        with self._elsewhere:
            session = self._there = self._connect(database)
            try:
                yield session
            finally:
                self._there = None
                self._walk_spent_seconds += session.spent_seconds
                session.leave()

    def _ask_all(self, lane: Lane, wanted: list[Collector[Any, Any]]) -> None:
        left = list(wanted)
        try:
            with lane.session() as session:
                while left:
                    self._take(left[0], session, "")
                    left.pop(0)
        except SessionError as error:
            self._fail(left, "", str(error))

    def _take(
        self, collector: Collector[Any, Any], session: PostgresSession, database: str
    ) -> None:
        part = self._part(collector, database)
        started = time.perf_counter()
        said = part.outcome.reason if part.outcome else ""
        outcome, answer = ask(collector, session, said=said)
        with self._lock:
            run = self._answers.runs[collector.id]
            run.duration_seconds = time.perf_counter() - started
            part.outcome, part.snapshot = outcome, answer
            if answer is None:
                run.failures += outcome.ended == "failed"
                return
            run.last_success = time.time()
            if collector.row is SessionSample:
                self._load.add(answer)
            new = part.ledger.add(answer, session.server.instance) if part.ledger else None
        if new is not None and self._counted:
            self._counted(collector, new)

    def _fail(self, wanted: Iterable[Collector[Any, Any]], database: str, why: str) -> None:
        with self._lock:
            for collector in wanted:
                self._answers.runs[collector.id].failures += 1
                part = self._part(collector, database)
                part.outcome, part.snapshot = Outcome(collector.id, "failed", why), None

    def _refuse(self, wanted: Iterable[Collector[Any, Any]], databases: Iterable[str]) -> None:
        """These may not be connected to."""
        user = self.server.user if self.server else ""
        with self._lock:
            for database, collector in itertools.product(databases, list(wanted)):
                grant = f"GRANT CONNECT ON DATABASE {quoted(database)} TO {quoted(user)}"
                why = f"needs the privilege CONNECT; role {user} has none; run {grant}"
                refused = Outcome(collector.id, "skipped", why, privilege=True)
                self._part(collector, database).outcome = refused

    def _part(self, collector: Collector[Any, Any], database: str) -> Part:
        with self._lock:
            parts = self._answers.parts[collector.id]
            if database not in parts:
                counts = names(collector.row, "counter")
                ledger = Ledger(collector.row, self._window_seconds) if counts else None
                parts[database] = Part(ledger)
            return parts[database]

    def _parts(self, row: type[Any]) -> list[Part]:
        return [
            part
            for collector in self.collectors
            if collector.row is row
            for part in self._answers.parts[collector.id].values()
        ]

    def _forget_dropped(self) -> None:
        with self._lock:
            for collector in self.collectors:
                if collector.per_database:
                    parts = self._answers.parts[collector.id]
                    for gone in parts.keys() - set(self._databases):
                        del parts[gone]

    def _outcome(self, collector: Collector[Any, Any]) -> Outcome:
        """Of several databases: answered where any did, and the others are named."""
        parts = self._answers.parts[collector.id]
        said = {d: p.outcome for d, p in parts.items() if p.outcome}
        if not said:
            return Outcome(collector.id, "skipped", self.error or "not asked yet")
        if not collector.per_database or "" in said:
            return said[""]
        bad = {d: o for d, o in said.items() if o.ended != "answered"}
        gaps = [f"database {d}: {o.reason}" for d, o in said.items() if o.reason]
        first = next(iter((bad or said).values()))
        ended = "answered" if len(bad) < len(said) else first.ended
        return Outcome(collector.id, ended, "; ".join(gaps), any(o.privilege for o in bad.values()))


def _at_interval(collector: Collector[Any, Any], seconds: float | None) -> Collector[Any, Any]:
    return collector if seconds is None else replace(collector, every=timedelta(seconds=seconds))
