"""Who is active right now and waits for what; asked each second."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from collectors.base import Grant, Runs, collector
from collectors.session import SqlSession
from collectors.snapshot import Snapshot
from collectors.snapshots.sessions import SessionSample
from collectors.statement_texts import ActivityTexts, Entry, StatementTexts, Text
from collectors.variants import Variants

# Background processes that wait for something to do have a state too, and wait for "Activity";
# the sender of a logical replica waits for log as "Client".
_SESSION_SAMPLES = """
    SELECT coalesce(datname::text, '') AS database,
           state,
           CASE WHEN wait_event_type IS NOT NULL THEN wait_event_type
                WHEN state = 'active' THEN 'CPU'
                ELSE 'Client'
            END AS wait_type,
           coalesce(wait_event, '') AS wait_event,
           backend_type,
           pid,
           usename::text AS "user",
           application_name AS application,
           extract(epoch FROM clock_timestamp() - xact_start)::float8 AS transaction_seconds,
           CASE state WHEN 'active' THEN extract(epoch FROM clock_timestamp() - query_start)
            END::float8 AS statement_seconds,
           extract(epoch FROM clock_timestamp() - state_change)::float8 AS state_seconds,
           backend_xmin IS NOT NULL OR backend_xid IS NOT NULL AS holds_horizon,
           query AS raw,
           {query_id} AS query_id,
           coalesce(usesysid::int8, 0) AS userid,
           coalesce(datid::int8, 0) AS dbid
      FROM pg_stat_activity
     WHERE state NOT IN ('idle', 'disabled')
       AND wait_event_type IS DISTINCT FROM 'Activity'
       AND (backend_type <> 'walsender' OR lower(wait_event) IS DISTINCT FROM 'walsenderwaitforwal')
       AND pid <> pg_backend_pid()
       AND application_name <> 'dbtriage'
"""

SESSION_SAMPLES = Variants(
    {
        "postgres >= 13": _SESSION_SAMPLES.format(query_id="NULL::int8"),
        "postgres >= 14": _SESSION_SAMPLES.format(query_id="query_id"),
    }
)


@dataclass(frozen=True, slots=True)
class _Sampled:
    database: str
    state: str
    wait_type: str
    wait_event: str
    backend_type: str
    pid: int
    user: str | None
    application: str
    transaction_seconds: float | None
    statement_seconds: float | None
    state_seconds: float | None
    holds_horizon: bool
    raw: str
    query_id: int | None
    userid: int
    dbid: int


@collector(Runs(SESSION_SAMPLES), Grant("pg_read_all_stats"), every=timedelta(seconds=1))
def session_samples(db: SqlSession) -> Snapshot[SessionSample]:
    known, seen = db.keep(StatementTexts), db.keep(ActivityTexts)
    rows = tuple(
        _sample(each, _text(each, known, seen)) for each in db.rows(SESSION_SAMPLES, _Sampled)
    )
    return Snapshot(db.now(), rows)


def _text(each: _Sampled, known: StatementTexts, seen: ActivityTexts) -> Text:
    if each.backend_type == "walsender":
        return Text("", seen.of(each.raw).query)  # a replication command has no statistics
    if each.query_id and (text := known.get(Entry(each.query_id, each.userid, each.dbid))):
        return text
    return seen.of(each.raw)


def _sample(each: _Sampled, text: Text) -> SessionSample:
    return SessionSample(
        database=each.database,
        state=each.state,
        wait_type=each.wait_type,
        wait_event=each.wait_event,
        digest=text.digest,
        backend_type=each.backend_type,
        pid=each.pid,
        user=each.user,
        application=each.application,
        transaction_seconds=each.transaction_seconds,
        statement_seconds=each.statement_seconds,
        state_seconds=each.state_seconds,
        holds_horizon=each.holds_horizon,
        query=text.query,
    )
