"""One watched target: who is asked what, over at most three connections, and of AWS."""

from __future__ import annotations

import contextlib
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
from agent.config_target import Target
from agent.inclusion import included, of_included
from agent.insights_load import load_of
from agent.lane import Lane
from agent.questions import collectors_of
from agent.targets.addresses import address_of, aws_address_of
from agent.targets.aws import AwsInstance
from agent.targets.session import Held, TargetSession
from collectors.base import Collector
from collectors.outcomes import Outcome, Outcomes
from collectors.rds.load import DatabaseLoad
from collectors.rds.top_sql import TopSql
from collectors.session import ConnectionLost, Server, SessionError
from collectors.snapshot import Activity
from collectors.snapshots.sessions import SessionLoad, SessionSample
from rules.wording import quoted

Kept = TypeVar("Kept")
NOTHING: Mapping[str, float] = MappingProxyType({})
_A_WHILE = timedelta(minutes=5)
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
        self.collectors = collectors_of(target, every)
        self.answers = Answers(self.collectors, window_seconds)
        self._server: Server | None = None
        self._seen_by_aws: Server | None = None
        self._counted = counted
        self._kept: dict[type, Any] = {}
        self._address = address_of(target)
        self._aws_address = aws_address_of(target)
        self._main = Lane(target.name, self._connect)
        self._sampler = Lane(f"{target.name} (samples)", self._connect)
        self._aws = Lane(f"{target.name} (AWS)", self._connect_aws)
        self._databases: tuple[str, ...] = ()
        self._walk_spent_seconds = 0.0
        self._elsewhere = threading.Lock()
        self._there: TargetSession | None = None
        self._closed = False

    @property
    def engine(self) -> str:
        """What it was found to be: a MariaDB server also answers to mysql://."""
        return self._server.engine if self._server else self.target.engine

    @property
    def engines(self) -> frozenset[str]:
        """Whose rules apply: its own, and those of RDS where AWS is asked too."""
        return frozenset({self.engine, "rds"} if self.target.aws else {self.engine})

    @property
    def server(self) -> Server | None:
        """As it says itself, with what only AWS knows; without a connection as AWS sees it."""
        own, seen = self._server, self._seen_by_aws
        if own is None or seen is None:
            return own or seen
        cpus, memory = own.cpus or seen.cpus, own.memory_bytes or seen.memory_bytes
        return replace(own, platform=seen.platform, cpus=cpus, memory_bytes=memory)

    @property
    def error(self) -> str | None:
        """Why the target cannot be asked right now; None while it can."""
        return self._main.error if self._address else self._aws.error

    @property
    def aws_error(self) -> str | None:
        """Why AWS cannot be asked about it right now; None while it can."""
        return self._aws.error

    @property
    def aws_answers(self) -> bool:
        """Whether AWS can be asked about it right now, and told something."""
        if self._seen_by_aws is None or self._aws.error is not None:
            return False
        return any(o.ended == "answered" and o.of_aws for o in self.outcomes().rows)

    @property
    def spent_seconds(self) -> float:
        """Time spent waiting for the server's answers so far."""
        return self._main.spent_seconds + self._sampler.spent_seconds + self._walk_spent_seconds

    def main(self) -> Lane[TargetSession]:
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
        wanted = [c for c in asked if not c.per_database]
        self._ask_all(self._main.session(), [c for c in wanted if c.engine != "rds"])
        self._ask_all(self._aws.session(), [c for c in wanted if c.engine == "rds"])

    def ask_again(self) -> None:
        """What AWS could not answer, and would be asked for only in a while."""
        failed = {o.id for o in self.outcomes().rows if o.ended == "failed"}
        slow = (c for c in self.collectors if c.engine == "rds" and c.every > _A_WHILE)
        self.collect([c for c in slow if c.id in failed])

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
                listed = [d for d in session.databases() if included(self.target, d.name)]
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
        for lane in (self._main, self._sampler, self._aws):
            lane.close()
        if there := self._there:
            there.cut()

    def outcomes(self) -> Outcomes:
        """One for each collector of this engine, in the order of their ids."""
        if self.server is None and self.error:
            return Outcomes(tuple(Outcome(c.id, "skipped", OUT_OF_REACH) for c in self.collectors))
        return Outcomes(tuple(self.answers.outcomes(self.error or "not asked yet")))

    def load(self, last_seconds: float | None = None) -> SessionLoad | None:
        """By session samples, else by Performance Insights; None before there are any."""
        if sampled := self.answers.load(last_seconds):
            return sampled
        top = (self.answers.activity(TopSql, since_reset=since) for since in (False, True))
        return load_of(self.answers.snapshot(DatabaseLoad), next(filter(None, top), None))

    def _connect(self, database: str | None = None) -> TargetSession:
        if self._closed or self._address is None:
            raise ConnectionLost("it is no longer watched")
        address = self._address.in_database(database) if database else self._address
        session = address.connect(self._kept)
        if database is None:
            self._server = session.server
        return session

    def _connect_aws(self) -> AwsInstance:
        if self._closed or self._aws_address is None:
            raise ConnectionLost("it is no longer watched")
        return self._aws_address.connect(self._kept)

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
        lent: contextlib.AbstractContextManager[Held],
        wanted: Iterable[Collector[Any, Any]],
        database: str = "",
    ) -> bool:
        """Whether it could be connected to, and the connection lasted."""
        left = list(wanted)
        if not left:
            return True
        try:
            with lent as session:
                while left and not self._closed:
                    self._ask(left[0], session, database)
                    left.pop(0)
        except SessionError as error:
            self._fail(left, database, str(error))
        return not left

    def _ask(self, collector: Collector[Any, Any], session: Held, database: str) -> None:
        started = time.perf_counter()
        server = session.server
        if server.engine == "rds":
            self._seen_by_aws = server
        outcome, answer = ask(collector, session, said=self.answers.reason(collector, database))
        seconds, new = time.perf_counter() - started, None
        if answer is not None:
            answer = of_included(self.target, collector, answer)
            outcome = replace(outcome, reason="; ".join(answer.gaps))
            new = self.answers.take(collector, database, answer, server.instance)
        self.answers.ended(collector, database, outcome, seconds)
        if new is not None and self._counted:
            self._counted(collector, new)

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
