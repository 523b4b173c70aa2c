"""One watched target: who is asked what, over at most three connections."""

from __future__ import annotations

import contextlib
import fnmatch
import itertools
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from typing import Any, TypeVar

from agent.answers import Answers
from agent.collect import ask
from agent.config import Target
from agent.discovery import all_collectors
from agent.lane import Lane
from agent.targets.addresses import address_of
from agent.targets.session import TargetSession
from collectors.base import Collector
from collectors.fields import names
from collectors.outcomes import Outcome, Outcomes
from collectors.session import ConnectionLost, Server, SessionError
from collectors.snapshot import Activity, Snapshot
from collectors.snapshots.schema import Table
from collectors.snapshots.sessions import SessionSample
from rules.wording import quoted

Kept = TypeVar("Kept")
NOTHING: Mapping[str, float] = MappingProxyType({})
# MySQL and MariaDB are asked the same questions, each in its own words.
_FOLDERS = {"postgres": "postgres", "mysql": "mysql", "mariadb": "mysql"}
_MOST_LOST = 3  # connections lost in a row before a walk ends
OUT_OF_REACH = "the target cannot be reached"
Counted = Callable[[Collector[Any, Any], Activity[Any]], None]


class Watch:
    """Asks over two lanes and one walking connection; `answers` may be read from any thread."""

    def __init__(
        self,
        target: Target,
        window_seconds: float,
        counted: Counted | None = None,
        every: Mapping[str, float] = NOTHING,
    ) -> None:
        """`every` are intervals in seconds by collector id, where the default is not wanted."""
        self.target = target
        self.collectors = tuple(
            _at_interval(c, every.get(c.id))
            for c in all_collectors()
            if c.engine == _FOLDERS[target.engine]
        )
        self.answers = Answers(self.collectors, window_seconds)
        self.server: Server | None = None
        self._counted = counted
        self._kept: dict[type, Any] = {}
        self._address = address_of(target)
        self._main = Lane(target.name, self._connect)
        self._sampler = Lane(f"{target.name} (samples)", self._connect)
        self._databases: tuple[str, ...] = ()
        self._walk_spent_seconds = 0.0
        self._elsewhere = threading.Lock()
        self._there: TargetSession | None = None
        self._closed = False

    @property
    def engine(self) -> str:
        """What it was found to be: a MariaDB server also answers to mysql://."""
        return self.server.engine if self.server else self.target.engine

    @property
    def error(self) -> str | None:
        """Why the target cannot be asked right now; None while it can."""
        return self._main.error

    @property
    def spent_seconds(self) -> float:
        """Time spent waiting for the server's answers so far."""
        return self._main.spent_seconds + self._sampler.spent_seconds + self._walk_spent_seconds

    def main(self) -> Lane:
        """The lane for everything but samples, shared with the planner."""
        return self._main

    @contextlib.contextmanager
    def in_database(self, database: str) -> Iterator[TargetSession]:
        """Lend the main lane where it is in this database, else a connection between two walks."""
        server = self.server
        at_home = server is not None and server.database == database
        with self._main.session() if at_home else self._another(database) as session:
            yield session

    def keep(self, kind: type[Kept]) -> Kept:
        """The one `kind` that is kept for this target, made at the first call."""
        return self._kept.setdefault(kind, kind())  # type: ignore[no-any-return]

    def collect(self, asked: Iterable[Collector[Any, Any]]) -> None:
        """Ask server-wide collectors, one after the other; a lost connection fails the rest."""
        self._ask_all(self._main.session(), [c for c in asked if not c.per_database])

    def sample(self) -> None:
        """Take one session sample."""
        self._ask_all(
            self._sampler.session(), [c for c in self.collectors if c.row is SessionSample]
        )

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
        self.answers.forget_other_databases(self._databases)
        self._refuse(wanted, [d.name for d in listed if not d.allowed])
        if self.target.databases != "all":
            for absent in set(self.target.databases) - {d.name for d in listed}:
                self._fail(wanted, absent, "there is no such database")
        lost = 0
        for done, database in enumerate(self._databases):
            progress(done, len(self._databases))
            lasted = self._ask_all(self._another(database), wanted, database)
            lost = 0 if lasted else lost + 1
            if lost == _MOST_LOST or self._closed:
                return
        progress(len(self._databases), len(self._databases))

    def refuse(self) -> None:
        """Ask nothing more; what is under way goes on until it is cut."""
        self._closed = True

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
        return Outcomes(tuple(self.answers.outcomes(self.error or "not asked yet")))

    def _connect(self, database: str | None = None) -> TargetSession:
        address = self._address.in_database(database) if database else self._address
        if self._closed:
            raise ConnectionLost("it is no longer watched")
        session = address.connect(self._kept)
        if database is None:
            self.server = session.server
        return session

    def _included(self, database: str) -> bool:
        excluded = any(fnmatch.fnmatchcase(database, p) for p in self.target.exclude_databases)
        listed = self.target.databases
        return not excluded and (listed == "all" or database in listed)

    @contextlib.contextmanager
    def _another(self, database: str) -> Iterator[TargetSession]:
        """The one connection besides the two lanes; whoever wants it waits for its turn."""
        with self._elsewhere:
            session = self._there = self._connect(database)
            try:
                if self._closed:
                    raise ConnectionLost("it is no longer watched")
                yield session
            finally:
                self._there = None
                self._walk_spent_seconds += session.spent_seconds
                session.leave()

    def _ask_all(
        self,
        lent: contextlib.AbstractContextManager[TargetSession],
        wanted: Iterable[Collector[Any, Any]],
        database: str = "",
    ) -> bool:
        """Whether it could be connected to, and the connection lasted."""
        left = list(wanted)
        try:
            with lent as session:
                while left and not self._closed:
                    self._ask(left[0], session, database)
                    left.pop(0)
        except SessionError as error:
            self._fail(left, database, str(error))
        return not left

    def _ask(self, collector: Collector[Any, Any], session: TargetSession, database: str) -> None:
        started = time.perf_counter()
        outcome, answer = ask(collector, session, said=self.answers.reason(collector, database))
        seconds, new = time.perf_counter() - started, None
        if answer is not None:
            answer = self._of_included(collector, answer)
            outcome = replace(outcome, reason="; ".join(answer.gaps))
            new = self.answers.take(collector, database, answer, session.server.instance)
        self.answers.ended(collector, database, outcome, seconds)
        if new is not None and self._counted:
            self._counted(collector, new)

    def _of_included(self, collector: Collector[Any, Any], answer: Snapshot[Any]) -> Snapshot[Any]:
        """Where one answer holds the tables of all databases: of those that are to be watched."""
        target = self.target
        everything = target.databases == "all" and not target.exclude_databases
        if collector.per_database or everything or "schema" not in names(collector.row, "label"):
            return answer
        rows = tuple(r for r in answer.rows if self._included(r.database))
        wanted = set() if target.databases == "all" else set(target.databases)
        unseen = wanted - {r.database for r in rows} if issubclass(collector.row, Table) else ()
        gaps = tuple(f"no table of database {name} can be seen: is there one?" for name in unseen)
        return replace(answer, rows=rows, gaps=answer.gaps + gaps)

    def _fail(self, wanted: Iterable[Collector[Any, Any]], database: str, why: str) -> None:
        for collector in wanted:
            self.answers.ended(collector, database, Outcome(collector.id, "failed", why))

    def _refuse(self, wanted: Iterable[Collector[Any, Any]], databases: Iterable[str]) -> None:
        """These may not be connected to."""
        user = self.server.user if self.server else ""
        for database, collector in itertools.product(databases, list(wanted)):
            grant = f"GRANT CONNECT ON DATABASE {quoted(database)} TO {quoted(user)}"
            why = f"needs the privilege CONNECT; role {user} has none; run {grant}"
            refused = Outcome(collector.id, "skipped", why, privilege=True)
            self.answers.ended(collector, database, refused)


def _at_interval(collector: Collector[Any, Any], seconds: float | None) -> Collector[Any, Any]:
    return collector if seconds is None else replace(collector, every=timedelta(seconds=seconds))
