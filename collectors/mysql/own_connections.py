"""Which connections are dbtriage's own."""

from __future__ import annotations

from collections import deque

from collectors.mysql.programs import OURS, Programs
from collectors.mysql.sessions import OpenSession
from collectors.session import Server, SqlSession

_Life = tuple[str | None, float | None]


class OwnConnections:
    """Those of this process, as they are opened: without performance_schema nothing else tells.

    Three are open at once; numbers are given anew when a server starts.
    """

    def __init__(self) -> None:
        self._opened: deque[tuple[_Life, int]] = deque(maxlen=24)

    def opened(self, server: Server, connection: int) -> None:
        self._opened.append((_life(server), connection))

    def holds(self, server: Server, connection: int) -> bool:
        return (_life(server), connection) in tuple(self._opened)


def others(db: SqlSession, sessions: tuple[OpenSession, ...]) -> tuple[OpenSession, ...]:
    """The sessions that are not dbtriage's, of this process or of another."""
    own, programs = db.keep(OwnConnections), db.keep(Programs).of(db, sessions)
    return tuple(
        each
        for each in sessions
        if not each.own and programs.get(each.pid) != OURS and not own.holds(db.server, each.pid)
    )


def _life(server: Server) -> _Life:
    return server.instance, server.started_at
