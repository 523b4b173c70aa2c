"""Sessions that wait for a lock nobody is seen to hold, and what would show who does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from collectors.mysql.needs import PerformanceSchema, Reads, instrumented
from collectors.mysql.sessions import CROWD, OpenSession
from collectors.mysql.waits import state_wait
from collectors.session import Server

# As many as one look at row locks is sent.
MOST_PAIRS: Final = 10_000
_INSTRUMENT = (
    "UPDATE performance_schema.setup_instruments SET ENABLED = 'YES' "
    "WHERE NAME = 'wait/lock/metadata/sql/mdl'"
)
_FOLLOWED = ("metadata", "user level lock", "global read lock", "commit lock", "backup lock")


def gaps(server: Server, waiting: Iterable[OpenSession]) -> tuple[str, ...]:
    """`waiting` are those of whom no blocker was found."""
    return tuple(_gaps(server, tuple(waiting)))


def _gaps(server: Server, waiting: Sequence[OpenSession]) -> Iterator[str]:
    rows = [each for each in waiting if each.waits_for_row]
    if rows and server.engine == "mysql" and not instrumented(server):
        yield f"{_wait(len(rows))} for a row lock and the holder is not shown; {_off(server)}"
    metadata = [each for each in waiting if not each.waits_for_row and _followed(each)]
    if metadata:
        yield f"{_wait(len(metadata))} for a metadata lock and the holder is not shown; " + (
            _metadata_remedy(server)
        )


def crowd_gaps(waiting: Iterable[OpenSession], pairs: int) -> Iterator[str]:
    """Of a crowd the nearest blockers are shown, and never more pairs than the server sends."""
    rows = sum(each.waits_for_row for each in waiting)
    if rows > CROWD or pairs >= MOST_PAIRS:
        yield f"{_wait(rows)} for rows, each for many others; the tree shows a part of these pairs"


def _followed(session: OpenSession) -> bool:
    wait = state_wait(session.status)
    return wait is not None and wait.event in _FOLLOWED


def _metadata_remedy(server: Server) -> str:
    if not instrumented(server):
        if server.engine == "mariadb":
            return (
                "performance_schema is off; run INSTALL SONAME 'metadata_lock_info', then "
                "SELECT * FROM information_schema.METADATA_LOCK_INFO to see who holds what"
            )
        return _off(server)
    if why := Reads("performance_schema").unmet(server):
        return why
    return (
        "metadata locks are followed only from when their instrument is on; "
        f"run {_INSTRUMENT}; locks taken before that stay unseen"
    )


def _off(server: Server) -> str:
    return PerformanceSchema().unmet(server) or ""


def _wait(count: int) -> str:
    return "1 session waits" if count == 1 else f"{count:,} sessions wait"
