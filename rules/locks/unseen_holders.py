"""Who may hold a metadata lock where the server does not record who does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from collectors.mysql.needs import instrumented
from collectors.mysql.transactions import InnodbTransaction
from collectors.session import Server
from collectors.snapshot import Snapshot
from collectors.snapshots.sessions import SessionSample
from rules.base import Confidence, Finding, Gain, Impact, Remedy, Severity, Subject
from rules.locks.blockers import changes_schema, grouped, pids, sessions_wait, urgency
from rules.locks.ending_sessions import cancel, end, nobody_waits_for_metadata
from rules.mysql_wording import reset_variable, set_variable
from rules.wording import duration

_EVENTS = ("metadata", "global read lock", "backup lock", "commit lock")
_CANDIDATES = 3
_INSTRUMENT = "wait/lock/metadata/sql/mdl"
_PLUGIN = "metadata_lock_info"
_HOLDERS = (
    "SELECT thread_id AS pid, lock_mode, lock_type, table_schema, table_name "
    "FROM information_schema.metadata_lock_info;"
)


def unseen_holders(
    samples: Snapshot[SessionSample],
    transactions: Snapshot[InnodbTransaction] | None,
    server: Server,
    tolerated_seconds: float,
) -> Iterator[Finding]:
    """A finding for each database in which sessions wait for metadata locks of unknown holders."""
    waiting = ((s.database, s) for s in samples.rows if _waits(s))
    opened = _aged(transactions, samples.taken_at)
    for database, group in grouped(waiting).items():
        longest = max(_waited(s) for s in group)
        if longest > tolerated_seconds:
            yield _finding(database, group, _candidates(database, group, opened), server)


def _aged(transactions: Snapshot[InnodbTransaction] | None, now: float) -> list[InnodbTransaction]:
    """As old as they are now: they are looked at less often than sessions."""
    if transactions is None:
        return []
    later = max(now - transactions.taken_at, 0.0)
    return [replace(t, open_seconds=t.open_seconds + later) for t in transactions.rows]


def _waits(sample: SessionSample) -> bool:
    event = sample.wait_event.lower()
    return sample.wait_type == "Lock" and any(name in event for name in _EVENTS)


def _waited(sample: SessionSample) -> float:
    """A statement waits for its tables first: nearly since it began."""
    return sample.statement_seconds or sample.state_seconds or 0.0


def _candidates(
    database: str,
    group: Sequence[SessionSample],
    transactions: Sequence[InnodbTransaction],
) -> list[InnodbTransaction]:
    """Transactions older than the longest wait, those of the same database first."""
    waiters = {s.pid for s in group}
    longest = max(_waited(s) for s in group)
    older = [t for t in transactions if t.open_seconds >= longest and t.pid not in waiters]
    older.sort(key=lambda t: (t.database != database, -t.open_seconds))
    return older[:_CANDIDATES]


def _finding(
    database: str,
    group: Sequence[SessionSample],
    candidates: Sequence[InnodbTransaction],
    server: Server,
) -> Finding:
    changes = [s for s in group if changes_schema(s.query)]
    queued = [s.pid for s in changes]
    behind = len(group) - len(queued)
    longest = max(_waited(s) for s in group)
    return Finding(
        subject=Subject("database", database, database)
        if database
        else Subject("server", server.name),
        severity=urgency(behind, longest) if behind else Severity.MEDIUM,
        confidence=Confidence.HEURISTIC,
        summary=_summary(queued, len(group), longest, candidates),
        evidence={
            "blocked_sessions": len(group),
            "longest_wait_seconds": longest,
            "wait": group[0].wait_event,
            "ddl_pids": pids(queued) or None,
            "ddl_query": changes[0].query if changes else None,
            "candidate_pids": pids(t.pid for t in candidates) or None,
            "candidate_open_seconds": candidates[0].open_seconds if candidates else None,
            "candidate_state": candidates[0].state if candidates else None,
            "candidate_query": candidates[0].query if candidates else None,
        },
        impact=Impact(Gain.SESSIONS, max(1, behind)),
        remedy=_remedy(queued, candidates, server),
    )


def _summary(
    queued: Sequence[int], waiting: int, longest: float, candidates: Sequence[InnodbTransaction]
) -> str:
    likely = "the server does not record who is in the way."
    if candidates:
        oldest = candidates[0]
        likely = (
            f"probably pid {pids([oldest.pid])} is in the way ({oldest.state}, open for "
            f"{duration(oldest.open_seconds)})."
        )
    if not queued:
        return f"{sessions_wait(waiting)} up to {duration(longest)} for metadata locks; {likely}"
    behind = waiting - len(queued)
    others = f", and {sessions_wait(behind)} behind it" if behind else ""
    return (
        f"Cancel pid {pids(queued)} first: it waits to change a table{others} up to "
        f"{duration(longest)}; {likely}"
    )


def _remedy(
    queued: Sequence[int], candidates: Sequence[InnodbTransaction], server: Server
) -> Remedy:
    likely = [t for t in candidates if t.pid][:1]
    return Remedy(
        text=(
            (f"Cancel pid {pids(queued)}: those behind it go on at once. " if queued else "")
            + (
                f"Then end pid {likely[0].pid} if its owner agrees: it is the oldest transaction "
                "that can hold the lock, which is a guess. "
                if likely
                else "No open transaction is old enough: look for LOCK TABLES, FLUSH TABLES WITH "
                "READ LOCK or a backup. "
            )
            + "Have the server record metadata locks, so that the holder is known the next time."
        ),
        statements=(
            *(cancel(server, pid) for pid in queued),
            *(f"-- probably the holder: {end(server, t.pid)}" for t in likely),
            *_make_visible(server),
        ),
        risk=(
            ("The schema change has to be run again. " if queued else "")
            + "A session that is ended loses its uncommitted work. Recording metadata locks costs "
            "a little memory for each open table of a session."
        ),
        verify=nobody_waits_for_metadata(),
        rollback=_make_invisible(server),
    )


def _make_visible(server: Server) -> tuple[str, ...]:
    """MariaDB's plugin shows locks that are held already; the instrument only later ones."""
    plugin = server.engine == "mariadb" and server.platform == "self-managed"
    shown = (f"INSTALL SONAME '{_PLUGIN}';", _HOLDERS) if plugin else ()
    if not instrumented(server):
        return shown or set_variable(server, "performance_schema", "ON", dynamic=False)
    recorded = (
        "UPDATE performance_schema.setup_instruments SET enabled = 'YES', timed = 'YES' "
        f"WHERE name = '{_INSTRUMENT}';"
    )
    if server.platform != "self-managed":
        return (recorded,)
    lasting = f"performance-schema-instrument = '{_INSTRUMENT}=ON'"
    return (*shown, recorded, f"-- in my.cnf under [mysqld], so that it lasts: {lasting}")


def _make_invisible(server: Server) -> str:
    plugin = server.engine == "mariadb" and server.platform == "self-managed"
    shown = f"UNINSTALL SONAME '{_PLUGIN}';" if plugin else ""
    if not instrumented(server):
        return shown or reset_variable(server, "performance_schema", "OFF", dynamic=False)
    return (
        f"{shown} UPDATE performance_schema.setup_instruments SET enabled = 'NO' "
        f"WHERE name = '{_INSTRUMENT}';"
    ).lstrip()
