"""What clients call themselves: the program_name they told when they connected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from collectors.mysql.needs import Reads, instrumented
from collectors.mysql.sessions import OpenSession
from collectors.session import SqlSession
from collectors.variants import Variants

OURS: Final = "dbtriage"
_MOST: Final = 10_000
# Read as a whole: only MySQL 8 has an index, and this is asked when a connection is new.
PROGRAMS = Variants(
    dict.fromkeys(
        ("mysql >= 5.7", "mariadb >= 10.5"),
        """
    SELECT PROCESSLIST_ID AS pid,
           ATTR_VALUE AS program
      FROM performance_schema.session_connect_attrs
     WHERE ATTR_NAME = 'program_name'
       AND FIND_IN_SET(PROCESSLIST_ID, %(pids)s)
""",
    )
)
_READABLE = Reads("performance_schema", "session_connect_attrs")


@dataclass(frozen=True, slots=True)
class _Program:
    pid: int
    program: str | None


class Programs:
    """Asks once for each connection: what it told does not change. Threads may share it."""

    def __init__(self) -> None:
        self._known: Mapping[int, str] = {}
        self._life: tuple[str | None, float | None] = (None, None)

    def of(self, db: SqlSession, sessions: Iterable[OpenSession]) -> Mapping[int, str]:
        """By connection id; empty where it told none, or where that can't be read.

        Those that log in are left out: they tell when they are done.
        """
        wanted = {each.pid for each in sessions if not each.logs_in}
        life = (db.server.instance, db.server.started_at)
        # Another server, or the same started anew, numbers its connections from 1.
        known = self._known if life == self._life else {}
        if new := wanted - known.keys():
            if len(known) > _MOST:
                known = {pid: known[pid] for pid in wanted & known.keys()}
            known = {**known, **dict.fromkeys(new, ""), **_told(db, new)}
            self._known, self._life = known, life
        return known


def _told(db: SqlSession, pids: Iterable[int]) -> Mapping[int, str]:
    if not instrumented(db.server) or _READABLE.unmet(db.server):
        return {}
    found = db.rows(PROGRAMS, _Program, pids=",".join(map(str, sorted(pids))))
    return {each.pid: each.program or "" for each in found}
