"""Lend a rule the server's planner, where the target has one that can be asked."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from agent.targets.postgres import PostgresSession
from agent.targets.postgres_planner import PostgresPlanner, Refusals
from agent.targets.session import TargetSession
from agent.watch import Watch
from collectors.postgres.extensions import Extension
from collectors.session import SessionError
from rules.planner import Planner


@contextlib.contextmanager
def planner_for(watch: Watch) -> Iterator[Planner | None]:
    """None where the target is not connected."""
    server = watch.server
    if server is None or watch.error is not None or server.engine != "postgres":
        yield None
        return
    with contextlib.closing(_Borrowed(watch, server.database)) as borrowed:
        yield PostgresPlanner(borrowed.lend, watch.keep(Refusals), hypothetical=_has_hypopg(watch))


class _Borrowed:
    """The main lane for each plan anew; another database's connection until it is done with."""

    def __init__(self, watch: Watch, home: str) -> None:
        self._watch = watch
        self._home = home
        self._away = contextlib.ExitStack()
        self._there: tuple[str, PostgresSession] | None = None

    @contextlib.contextmanager
    def lend(self, database: str) -> Iterator[PostgresSession]:
        if database == self._home:
            with self._watch.in_database(database) as session:
                yield _of_postgres(session)
            return
        if self._there is None or self._there[0] != database:
            self.close()
            session = self._away.enter_context(self._watch.in_database(database))
            self._there = database, _of_postgres(session)
        yield self._there[1]

    def close(self) -> None:
        self._there = None
        self._away.close()


def _of_postgres(session: TargetSession) -> PostgresSession:
    if not isinstance(session, PostgresSession):
        raise SessionError("only PostgreSQL's planner is asked")
    return session


def _has_hypopg(watch: Watch) -> bool:
    snapshot = watch.answers.snapshot(Extension)
    return snapshot is not None and any(e.extension == "hypopg" for e in snapshot.rows)
