"""PostgreSQL's planner as rules may ask it: generic plans, never an execution, within a budget."""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from collectors.postgres import explain
from collectors.session import ConnectionLost, Server, SessionError
from collectors.sql_text import digest
from rules.planner import Plan, ProposedIndex
from rules.wording import literal, qualified, quoted

MOST_PLANS = 200
MOST_SECONDS = 3.0
MOST_ERRORS = 20
ERROR_SPAN_SECONDS = 3600.0
MOST_REFUSED = 2000
FIRST_PAUSE_SECONDS = 3600.0
LONGEST_PAUSE_SECONDS = 86_400.0

Run = Callable[[str], Sequence[tuple[Any, ...]]]
Asked = tuple[str, str, tuple[ProposedIndex, ...]]
_HYPOTHETICAL = re.compile(r"<(\d+)>")


class PlanningSession(Protocol):
    """What is needed of a connection; PostgresSession is one."""

    @property
    def server(self) -> Server: ...

    def transaction(self) -> AbstractContextManager[Run]: ...

    def placed(self, sql: str) -> str: ...


@dataclass(slots=True)
class _Refused:
    pause_seconds: float
    retry_at: float


@dataclass(slots=True)
class Refusals:
    """What the server would not plan, kept for a target: the same error is not made again soon."""

    refused: dict[Asked, _Refused] = field(default_factory=dict)
    errors: deque[float] = field(default_factory=deque)

    def may_ask(self, asked: Asked, now: float) -> bool:
        while self.errors and self.errors[0] <= now - ERROR_SPAN_SECONDS:
            self.errors.popleft()
        known = self.refused.get(asked)
        return len(self.errors) < MOST_ERRORS and (known is None or known.retry_at <= now)

    def add(self, asked: Asked, now: float, *, error: bool = True) -> None:
        """Each refusal of the same question doubles the pause before it is asked again.

        `error`: it was the server that refused, and wrote that to its log.
        """
        known = self.refused.pop(asked, None)
        pause = FIRST_PAUSE_SECONDS
        if known:
            pause = min(2 * known.pause_seconds, LONGEST_PAUSE_SECONDS)
        self.refused[asked] = _Refused(pause, now + pause)
        if error:
            self.errors.append(now)
        while len(self.refused) > MOST_REFUSED:
            del self.refused[next(iter(self.refused))]


class _Unsafe(Exception):
    """Planning it might run what users wrote."""


class PostgresPlanner:
    """Serves one judgement. `lend` gives a session in a database, or raises SessionError."""

    def __init__(
        self,
        lend: Callable[[str], AbstractContextManager[PlanningSession]],
        refusals: Refusals,
        *,
        hypothetical: bool,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._lend = lend
        self._refusals = refusals
        self._hypothetical = hypothetical
        self._clock = clock
        self._lost: set[str] = set()
        self._names: dict[str, explain.Names] = {}
        self._plans = 0
        self._spent_seconds = 0.0

    @property
    def hypothetical(self) -> bool:
        """Whether HypoPG is installed in any of the databases; in the others proposals are None."""
        return self._hypothetical

    def plan(
        self, database: str, query: str, proposed: Sequence[ProposedIndex] = ()
    ) -> Plan | None:
        started = self._clock()
        asked = (database, digest(query), tuple(proposed))
        if not self._may_ask(asked, started) or (text := explain.plannable(query)) is None:
            return None
        self._plans += 1
        try:
            with self._lend(database) as session:
                if proposed and "hypopg" not in session.server.versions:
                    return None
                self._check(database, session, text)
                return _planned(session, text, proposed)
        except ConnectionLost:
            self._lost.add(database)
        except _Unsafe:
            self._refusals.add(asked, started, error=False)
        # A document that is no valid UTF-8, or no JSON as we know it, is refused like an error.
        except (SessionError, ValueError, LookupError):
            self._refusals.add(asked, started)
        finally:
            self._spent_seconds += self._clock() - started
        return None

    def _may_ask(self, asked: Asked, now: float) -> bool:
        in_budget = self._plans < MOST_PLANS and self._spent_seconds < MOST_SECONDS
        return in_budget and asked[0] not in self._lost and self._refusals.may_ask(asked, now)

    def _check(self, database: str, session: PlanningSession, text: str) -> None:
        if database not in self._names:
            with session.transaction() as run:
                self._names[database] = explain.Names.of((n, s) for n, s in run(explain.NAMES))
        if not self._names[database].allow(text):
            raise _Unsafe


def _planned(session: PlanningSession, text: str, proposed: Sequence[ProposedIndex]) -> Plan | None:
    names = ",".join(explain.called(text))
    with _tidied(session) as tidy, session.transaction() as run:
        ((*_, foreign),) = run(explain.PREPARE_TO_PLAN.format(names=names))
        if foreign:
            raise _Unsafe
        supposed = _suppose(session, run, proposed, tidy)
        if session.server.at_least(16):
            ((document,),) = run(explain.EXPLAIN_GENERIC.format(text=text))
        else:
            document = _explain_prepared(run, text, tidy)
    return _read(document, supposed)


@contextmanager
def _tidied(session: PlanningSession) -> Iterator[list[str]]:
    """Undo what outlives a rollback, in a transaction of its own: an error has ended the first."""
    undo: list[str] = []
    try:
        yield undo
    finally:
        if undo:
            with session.transaction() as run:
                for statement in undo:
                    run(statement)


def _suppose(
    session: PlanningSession, run: Run, proposed: Sequence[ProposedIndex], tidy: list[str]
) -> dict[int, int]:
    """Positions of the proposed indexes by their hypothetical oids."""
    if not proposed:
        return {}
    tidy.append(session.placed(explain.FORGET))
    suppose = session.placed(explain.SUPPOSE)
    oids = {}
    for position, index in enumerate(proposed):
        columns = ", ".join(quoted(c) for c in index.columns)
        wanted = f"CREATE INDEX ON {qualified(index.schema, index.table)} ({columns})"
        ((oid,),) = run(suppose.format(definition=literal(wanted)))
        oids[oid] = position
    return oids


def _explain_prepared(run: Run, text: str, tidy: list[str]) -> Any:
    run(explain.PREPARE.format(text=text))
    tidy.append(explain.DEALLOCATE)
    ((count,),) = run(explain.PARAMETERS)
    arguments = f"({', '.join(['NULL'] * count)})" if count else ""
    ((document,),) = run(explain.EXPLAIN_PREPARED.format(arguments=arguments))
    return document


def _read(document: Any, supposed: dict[int, int]) -> Plan | None:
    root = document[0]["Plan"]
    nodes = list(_nodes(root))
    if any(node.get("One-Time Filter") == "false" for node in nodes):
        return None
    used = dict.fromkeys(str(node["Index Name"]) for node in nodes if "Index Name" in node)
    oids = {name: int(m[1]) for name in used if (m := _HYPOTHETICAL.match(name))}
    return Plan(
        cost=float(root["Total Cost"]),
        indexes=tuple(name for name in used if oids.get(name) not in supposed),
        proposed=tuple(sorted({supposed[oid] for oid in oids.values() if oid in supposed})),
    )


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from _nodes(child)
