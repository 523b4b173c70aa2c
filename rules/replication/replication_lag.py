"""A standby or subscriber falls behind."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.mysql.replication import Channel
from collectors.session import Server
from collectors.snapshot import Snapshot
from collectors.snapshots.replication import Replica
from collectors.snapshots.settings import Setting
from rules.base import SQL, Confidence, Finding, Remedy, Severity, Subject, rule
from rules.replication.channel_lag import channel_lag
from rules.wording import duration, size

_GIB = 1 << 30
_COPIERS = ("pg_basebackup", "pg_receivewal", "pg_rewind")
_CURES = {
    "sent": "the network or the sender: compare sent bytes with the bandwidth between both",
    "flush": "the standby's disk: look at its write latency",
    "replay": (
        "replay, which one process does: look on the standby for paused replay, for queries that "
        "it waits for (max_standby_streaming_delay), and for a busy core"
    ),
    "source": "the source: look there which stage holds it",
}


@rule(
    title="A replica is behind",
    severity=Severity.MEDIUM,
    confidence=Confidence.VALIDATED,
    engines=SQL,
    see=(
        "https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-REPLICATION-VIEW",
        "https://dev.mysql.com/doc/refman/8.4/en/replication-administration-status.html",
        "https://mariadb.com/kb/en/parallel-replication/",
    ),
)
def replication_lag(
    replicas: Snapshot[Replica],
    settings: Snapshot[Setting] | None,
    server: Server,
    *,
    tolerated_seconds: float = 30,
    tolerated_bytes: float = _GIB,
) -> Iterator[Finding]:
    """A replica shows data as it was half a minute ago, or lacks a gigabyte of log.

    Why it matters
        Readers of the replica see the past, and after a failover what it lacks is lost. The log
        it still needs stays on the primary's disk.

    What to do
        Find the stage that is slow: sending (network), flushing (the replica's disk) or replay
        (conflicting queries, one process at 100 %, replay paused by hand). On MySQL and MariaDB
        it is nearly always replay: one thread, a large transaction, or a table without a primary
        key.

    When to ignore
        A replica that is delayed on purpose (recovery_min_apply_delay, SOURCE_DELAY), and the
        first minutes after it was built.
    """
    delay = _wanted_delay(settings)
    for replica in replicas.rows:
        if isinstance(replica, Channel):
            yield from channel_lag(replica, settings, server, tolerated_seconds)
            continue
        if replica.state == "disconnected" and replica.replica != "upstream":
            yield _disconnected(replica, server)
            continue
        seconds, lag_bytes = _lag(replica)
        if lag_bytes == 0 or replica.replica.startswith(_COPIERS):
            continue
        late = seconds - delay > tolerated_seconds
        if late or (lag_bytes > tolerated_bytes and not delay):
            urgent = seconds - delay > 10 * tolerated_seconds
            yield _finding(replica, server, Severity.HIGH if urgent else None)


def _wanted_delay(settings: Snapshot[Setting] | None) -> float:
    rows = settings.rows if settings else ()
    wanted = (s.number for s in rows if s.setting == "recovery_min_apply_delay")
    return next(wanted, None) or 0.0


def _lag(replica: Replica) -> tuple[float, float]:
    """Seconds and bytes; an unknown number of bytes counts as one."""
    lag_bytes = 1.0 if replica.replay_lag_bytes is None else replica.replay_lag_bytes
    return replica.replay_lag_seconds or 0.0, lag_bytes


def _stage(replica: Replica) -> str:
    """Where most of the missing log is: not sent, not flushed, or not replayed."""
    if replica.replay_lag_bytes is None:
        return "replay" if replica.kind == "receiver" else "source"
    sent, flush = replica.sent_lag_bytes or 0.0, replica.flush_lag_bytes or 0.0
    stages = {"sent": sent, "flush": flush, "replay": replica.replay_lag_bytes - sent - flush}
    return max(stages, key=lambda stage: stages[stage])


def _disconnected(replica: Replica, server: Server) -> Finding:
    return Finding(
        subject=Subject("replica", server.name),
        severity=Severity.HIGH,
        summary=f"This replica is not connected to its source {replica.replica}: it gets no log.",
        evidence={"state": replica.state, "source": replica.replica},
        remedy=Remedy(
            text=(
                "Is the source up, and can this host reach it? The replica's server log says why "
                "it can't connect: network, password, or log that the source removed."
            ),
            risk="None: nothing is changed.",
            verify="Within 10 s this gives streaming: SELECT status FROM pg_stat_wal_receiver;",
            rollback="None needed: nothing is changed.",
        ),
    )


def _finding(replica: Replica, server: Server, severity: Severity | None) -> Finding:
    stage = _stage(replica)
    name = server.name if replica.kind == "receiver" else replica.replica or "unnamed"
    lags = (
        duration(replica.replay_lag_seconds) if replica.replay_lag_seconds is not None else "",
        size(replica.replay_lag_bytes) if replica.replay_lag_bytes is not None else "",
    )
    behind = " and ".join(lag for lag in lags if lag)
    return Finding(
        subject=Subject("replica", name),
        severity=severity,
        summary=f"Replica {name} is {behind} behind; it lags in {_CURES[stage].split(':')[0]}.",
        evidence={
            "replay_lag_seconds": replica.replay_lag_seconds,
            "replay_lag_bytes": replica.replay_lag_bytes,
            "sent_lag_bytes": replica.sent_lag_bytes,
            "flush_lag_bytes": replica.flush_lag_bytes,
            "state": replica.state,
            "stage": stage,
        },
        remedy=Remedy(
            text=f"Look at {_CURES[stage]}. Keep readers that need fresh data off it meanwhile.",
            statements=("SELECT pg_is_wal_replay_paused(); -- on the replica",)
            if stage == "replay"
            else (),
            risk="None: nothing is changed. SELECT pg_wal_replay_resume(); ends a pause.",
            verify="Within minutes replay_lag of pg_stat_replication falls below 1 s.",
            rollback="None needed: nothing is changed.",
        ),
    )
