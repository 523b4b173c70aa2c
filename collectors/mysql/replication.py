"""What this server replicates from others, a row for each channel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from collectors.base import Runs, collector
from collectors.fields import gauge, label, note, row
from collectors.mysql.facts import FOLLOWS, OF_GROUP
from collectors.mysql.followed import Followed, MasterStatus, SourceStatus
from collectors.mysql.gtids import between, how_many
from collectors.mysql.needs import Privilege, Reads
from collectors.session import Server, SqlSession
from collectors.snapshot import Snapshot
from collectors.snapshots.replication import Replica
from collectors.variants import Variants

APPLIERS = Reads("performance_schema")

# The times are those of the commit on the first source. A worker that waits for work has no lag.
WORKERS = Variants(
    {
        "mysql >= 8.0": """
    SELECT c.CHANNEL_NAME AS channel,
           GTID_SUBTRACT(c.RECEIVED_TRANSACTION_SET, @@GLOBAL.gtid_executed) AS missing,
           COUNT(w.WORKER_ID) AS workers,
           MAX(CASE WHEN w.APPLYING_TRANSACTION = '' THEN 0
                    WHEN UNIX_TIMESTAMP(w.APPLYING_TRANSACTION_ORIGINAL_COMMIT_TIMESTAMP) = 0
                    THEN NULL
                    ELSE GREATEST(
                        UNIX_TIMESTAMP(NOW(6))
                        - UNIX_TIMESTAMP(w.APPLYING_TRANSACTION_ORIGINAL_COMMIT_TIMESTAMP), 0)
                END) + 0e0 AS lag_seconds
      FROM performance_schema.replication_connection_status c
      LEFT JOIN performance_schema.replication_applier_status_by_worker w
        ON w.CHANNEL_NAME = c.CHANNEL_NAME
     GROUP BY c.CHANNEL_NAME, c.RECEIVED_TRANSACTION_SET
"""
    }
)
# Of what stops replication most often; the servers' own texts quote rows and statements.
_KINDS = {
    1007: "the database exists already",
    1008: "the database is not there",
    1032: "the row to change is not there",
    1045: "the source refuses the account",
    1050: "the table exists already",
    1051: "the table is not there",
    1054: "a column is not there",
    1062: "duplicate key",
    1146: "the table is not there",
    1236: "the source cannot send what is asked for",
    1451: "a foreign key forbids it",
    1452: "a foreign key forbids it",
    1593: "fatal error",
    1594: "the relay log cannot be read",
    1677: "a column has another type",
    2003: "the source cannot be reached",
    2005: "the source's host is unknown",
    2013: "the source went away",
    2061: "the source's way to log in needs TLS or its public key",
}


@dataclass(frozen=True, slots=True)
class Workers:
    channel: str
    missing: str
    workers: int
    lag_seconds: float | None


@row(noun="replica", unknown=("sent_lag_bytes", "flush_lag_bytes", "replay_lag_bytes"))
class Channel(Replica):
    """A replication channel of a replica: `replica` is its source's host, `kind` "receiver".

    `state` is "streaming" while both threads run, "broken" if an error keeps one from running (a
    source that cannot be reached, too, though the receiver tries again), "connecting" before the
    first answer of the source, and "stopped" otherwise.

    `replay_lag_seconds` is Seconds_Behind_Source: whole seconds, with the delay set on purpose, and
    None while the applier does not run, or waits with the receiver gone.
    """

    channel: str = label("Empty for the default channel.")
    receiver_running: bool = gauge("The thread that fetches the source's log runs.")
    applier_running: bool = gauge("The thread that applies it runs.")
    error_number: int = note("Error that keeps a thread from running; 0 without.")
    error: str = note("Its kind, without the statement or row it quotes.")
    uses_gtid: bool = note("It finds its place by GTID.")
    worker_lag_seconds: float | None = gauge(
        "Age of the oldest transaction at work, 0 without; MySQL 8."
    )
    workers: int | None = gauge("Applier workers; on MariaDB 0 means that one thread does all.")
    delay_seconds: int = gauge("Delay that is set on purpose.")
    retrieved_gap: int | None = gauge("Transactions fetched but not applied; None without GTID.")
    skips_errors: str = note("Errors it is told to skip; empty if none.")


@collector(
    Runs(FOLLOWS), Privilege("REPLICATION CLIENT", "SLAVE MONITOR"), every=timedelta(seconds=15)
)
def replication(db: SqlSession) -> Snapshot[Channel]:
    """A server that follows nobody has no rows."""
    followed = _followed(db)
    workers = {w.channel: w for w in _workers(db)} if followed else {}
    rows = tuple(_channel(f, workers.get(f.channel), db.server) for f in followed)
    return Snapshot(db.now(), rows)


def _followed(db: SqlSession) -> list[Followed]:
    """A group's own channels follow no server; its members are another collector's."""
    if db.server.engine == "mysql" and db.server.at_least(8, 0, 22):
        shown = [Followed.of_source(s) for s in db.rows(FOLLOWS, SourceStatus)]
    else:
        shown = [Followed.of_master(s) for s in db.rows(FOLLOWS, MasterStatus)]
    return [each for each in shown if not each.channel.startswith(OF_GROUP)]


def _workers(db: SqlSession) -> tuple[Workers, ...]:
    if WORKERS.unmet(db.server.versions) or APPLIERS.unmet(db.server):
        return ()
    return db.rows(WORKERS, Workers)


def _channel(followed: Followed, workers: Workers | None, server: Server) -> Channel:
    receiving, applying = followed.receiver == "Yes", followed.applier == "Yes"
    number, error = _error(followed)
    return Channel(
        replica=followed.source,
        kind="receiver",
        state=_state(followed, number),
        sync_state="",
        sent_lag_bytes=None,
        flush_lag_bytes=None,
        replay_lag_bytes=None,
        replay_lag_seconds=followed.lag_seconds,
        channel=followed.channel,
        receiver_running=receiving,
        applier_running=applying,
        error_number=number,
        error=error,
        uses_gtid=followed.uses_gtid,
        worker_lag_seconds=workers.lag_seconds if workers and applying else None,
        workers=workers.workers if workers else _set_workers(server),
        delay_seconds=followed.delay_seconds,
        retrieved_gap=_gap(followed, workers),
        skips_errors=_skipped(server),
    )


def _state(followed: Followed, error: int) -> str:
    if error:
        return "broken"
    if followed.receiver == followed.applier == "Yes":
        return "streaming"
    waits = followed.receiver not in ("Yes", "No") and followed.applier == "Yes"
    return "connecting" if waits else "stopped"


def _error(followed: Followed) -> tuple[int, str]:
    """What keeps a thread from running; an error it got over does not."""
    for running, number, doing in (
        (followed.applier, followed.applier_error, "applying"),
        (followed.receiver, followed.receiver_error, "fetching"),
    ):
        if number and running != "Yes":
            kind = f": {_KINDS[number]}" if number in _KINDS else ""
            return number, f"error {number} while {doing}{kind}"
    return 0, ""


def _gap(followed: Followed, workers: Workers | None) -> int | None:
    if not followed.uses_gtid:
        return None
    if followed.fetched:
        return between(followed.applied, followed.fetched)
    return how_many(workers.missing) if workers else None


def _set_workers(server: Server) -> int | None:
    names = ("replica_parallel_workers", "slave_parallel_workers", "slave_parallel_threads")
    found = [server.settings[n] for n in names if n in server.settings]
    return int(found[-1]) if found else None


def _skipped(server: Server) -> str:
    names = ("replica_skip_errors", "slave_skip_errors")
    said = next((server.settings[n] for n in names if n in server.settings), "")
    return "" if said == "OFF" else said
