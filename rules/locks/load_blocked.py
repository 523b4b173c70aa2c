"""Performance Insights sees sessions that wait for the locks of others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from collectors.rds.blocking import Blocker
from collectors.rds.instance import Instance
from collectors.rds.load import DatabaseLoad
from collectors.rds.top_sql import TopSql
from collectors.session import Engine, Server
from collectors.snapshot import Activity, Snapshot
from collectors.snapshots.locks import LockWait
from rules.base import RDS, Finding, Gain, Impact, Remedy, Severity, Value, rule
from rules.locks.ending_sessions import who_waits
from rules.rds_wording import of_instance
from rules.sessions.database_load import (
    sessions,
    show_load,
    top_statement,
    total,
    wait_name,
    waits,
)
from rules.wording import share

_POSTGRES_WAITERS = (
    "SELECT pid, pg_blocking_pids(pid) AS blocked_by, wait_event, now() - query_start AS runs "
    "FROM pg_stat_activity WHERE wait_event_type = 'Lock';"
)


@dataclass(frozen=True, slots=True)
class _Blocked:
    """Average sessions that wait for locks, of so many that are active."""

    sessions: float
    active: float
    waits: tuple[DatabaseLoad, ...]
    blockers: tuple[Blocker, ...]

    @property
    def share_ratio(self) -> float:
        return min(self.sessions / self.active, 1.0) if self.active else 1.0

    def first(self, kind: str) -> Blocker | None:
        """What most sessions wait for, of this kind."""
        of_kind = [b for b in self.blockers if b.kind == kind]
        return max(of_kind, key=lambda b: b.sessions) if of_kind else None


@rule(
    title="Sessions wait for the locks of others",
    severity=Severity.MEDIUM,
    engines=RDS,
    see=(
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PerfInsights.API.html",
        "https://www.postgresql.org/docs/current/explicit-locking.html",
    ),
)
def load_blocked(  # noqa: PLR0913
    load: Snapshot[DatabaseLoad],
    instances: Snapshot[Instance],
    blockers: Snapshot[Blocker] | None,
    top: Activity[TopSql] | None,
    locks: Snapshot[LockWait] | None,
    *,
    tolerated_sessions: float = 0.5,
    high_sessions: float = 2.0,
) -> Iterator[Finding]:
    """Half a session or more waits for locks all the time, by Performance Insights.

    Why it matters
        These waits are in the response times, and grow faster than the traffic: who waits often
        holds locks itself.

    What to do
        See who holds the locks while it happens. Keep transactions short, take locks in one
        order, write hot rows last, and let nobody leave a transaction open.

    When to ignore
        A migration that was announced. With a SQL connection this rule is quiet: blocking-chain,
        idle-blocker and row-lock-contention see the sessions themselves. MySQL's waits for rows
        are seen on Aurora only: elsewhere they are counted as io/table/sql/handler.
    """
    if locks is not None:
        return
    (instance,) = instances.rows
    blocked = _blocked(load, blockers)
    if blocked.sessions >= tolerated_sessions:
        yield Finding(
            subject=of_instance(instance),
            severity=Severity.HIGH if blocked.sessions >= high_sessions else Severity.MEDIUM,
            summary=_summary(instance, blocked),
            evidence=_evidence(blocked, top),
            impact=Impact(Gain.TIME, blocked.sessions * 3600),
            remedy=_remedy(instance, blocked),
        )


def _blocked(load: Snapshot[DatabaseLoad], blockers: Snapshot[Blocker] | None) -> _Blocked:
    """Whichever sees more: the waits of a quarter of an hour, or the blockers of five minutes."""
    found, whole = waits(load, "Lock"), total(load)
    given = blockers.rows if blockers else ()
    by_kind = [sum(b.sessions for b in given if b.kind == kind) for kind in {b.kind for b in given}]
    waited = max([sessions(found), *by_kind])
    return _Blocked(waited, whole.sessions if whole else 0.0, found, given)


def _summary(instance: Instance, blocked: _Blocked) -> str:
    whom = ""
    if statement := blocked.first("statement"):
        whom = f"; most wait for statement {statement.name}"
    elif session := blocked.first("session"):
        whom = f"; most wait for session {session.name}"
    event = f" ({wait_name(blocked.waits[0])})" if blocked.waits else ""
    return (
        f"On {instance.identifier} {blocked.sessions:.2g} sessions on average wait for locks"
        f"{event}, {share(blocked.share_ratio)} of the load{whom}."
    )


def _evidence(blocked: _Blocked, top: Activity[TopSql] | None) -> dict[str, Value]:
    waiting, statement = top_statement(top, "Lock"), blocked.first("statement")
    session, thing = blocked.first("session"), blocked.first("object")
    return {
        "waiting_sessions": blocked.sessions,
        "share_ratio": blocked.share_ratio,
        "top_wait": wait_name(blocked.waits[0]) if blocked.waits else None,
        "blocking_digest": statement.name if statement else None,
        "blocking_query": statement.query if statement else None,
        "blocking_session": session.name if session else None,
        "blocked_object": thing.name if thing else None,
        "waiting_digest": waiting.digest if waiting else None,
        "query": waiting.query if waiting else None,
    }


def _remedy(instance: Instance, blocked: _Blocked) -> Remedy:
    looks = _POSTGRES_WAITERS
    if instance.family != "postgres":
        engine: Engine = "mysql" if instance.family == "mysql" else "mariadb"
        looks = who_waits(Server(instance.identifier, engine, {}))
    shown = (show_load(instance, "db.blocking_session"),) if blocked.blockers else ()
    return Remedy(
        text=(
            "See who holds the locks while it happens: the query below, run in the database, names "
            "the sessions. End one that idles in a transaction. Then shorten the transactions "
            "that hold locks, write hot rows last, and give each UPDATE and DELETE an index."
        ),
        statements=(looks, *shown),
        risk="None for looking. A session that is ended loses its uncommitted work.",
        verify="In the next quarter of an hour fewer than "
        f"{max(blocked.sessions / 2, 0.1):.2g} sessions on average wait for locks.",
        rollback="None needed: nothing is changed yet.",
    )
