"""What statements cost, in total, from pg_stat_statements: counters first, then unknown texts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from operator import attrgetter
from typing import Any

from collectors.base import Grant, Runs, collector
from collectors.fields import names
from collectors.postgres.counting_since import counting_since
from collectors.session import Server, SqlSession
from collectors.snapshot import Snapshot
from collectors.snapshots.statements import Statement
from collectors.statement_texts import Entry, StatementTexts, unknown
from collectors.variants import Variants

# The extension, not the server, decides the columns: an upgrade of the server leaves it behind
# until someone runs ALTER EXTENSION.
_STATEMENTS = """
    WITH c AS MATERIALIZED (
        SELECT current_setting('block_size')::int8 AS block_size,
               current_setting('track_io_timing')::bool AS timed,
               current_setting('pg_stat_statements.track_planning')::bool AS planning
    )
    SELECT d.datname::text AS database,
           s.calls,
           s.total_exec_time / 1e3 AS exec_seconds,
           s.rows,
           CASE WHEN c.planning THEN s.plans END AS plans,
           CASE WHEN c.planning THEN s.total_plan_time / 1e3 END AS plan_seconds,
           s.calls * (s.stddev_exec_time * s.stddev_exec_time
                      + s.mean_exec_time * s.mean_exec_time) / 1e6 AS exec_seconds_squared,
           s.shared_blks_hit * c.block_size AS shared_hit_bytes,
           s.shared_blks_read * c.block_size AS shared_read_bytes,
           s.shared_blks_dirtied * c.block_size AS shared_dirtied_bytes,
           s.shared_blks_written * c.block_size AS shared_written_bytes,
           s.temp_blks_read * c.block_size AS temp_read_bytes,
           s.temp_blks_written * c.block_size AS temp_written_bytes,
           CASE WHEN c.timed THEN ({read_ms}) / 1e3 END AS block_read_seconds,
           CASE WHEN c.timed THEN ({write_ms}) / 1e3 END AS block_write_seconds,
           CASE WHEN c.timed THEN ({temp_ms}) / 1e3 END AS temp_block_seconds,
           s.wal_records,
           s.wal_fpi AS wal_full_page_images,
           s.wal_bytes::int8 AS wal_bytes,
           ({jit_ms}) / 1e3 AS jit_seconds,
           r.rolname::text AS "user",
           {since} AS counting_since,
           s.queryid,
           s.userid::int8 AS userid,
           s.dbid::int8 AS dbid,
           {toplevel} AS toplevel
      FROM @extschema:pg_stat_statements@.pg_stat_statements(false) s
     CROSS JOIN c
      JOIN pg_database d ON d.oid = s.dbid
      LEFT JOIN pg_roles r ON r.oid = s.userid
"""
_NONE = "NULL::float8"
_OLD = {
    "read_ms": "s.blk_read_time",
    "write_ms": "s.blk_write_time",
    "temp_ms": _NONE,
    "jit_ms": _NONE,
    "since": _NONE,
    "toplevel": "true",
}
_1_9 = _OLD | {"toplevel": "s.toplevel"}
_1_10 = _1_9 | {
    "temp_ms": "s.temp_blk_read_time + s.temp_blk_write_time",
    # jit_deform_time of 1.11 is a part of the generation time.
    "jit_ms": "s.jit_generation_time + s.jit_inlining_time"
    " + s.jit_optimization_time + s.jit_emission_time",
}
_1_11 = _1_10 | {
    "read_ms": "s.shared_blk_read_time + s.local_blk_read_time",
    "write_ms": "s.shared_blk_write_time + s.local_blk_write_time",
    "since": "extract(epoch FROM s.stats_since)::float8",
}

STATEMENTS = Variants(
    {
        "pg_stat_statements >= 1.8": _STATEMENTS.format(**_OLD),
        "pg_stat_statements >= 1.9": _STATEMENTS.format(**_1_9),
        "pg_stat_statements >= 1.10": _STATEMENTS.format(**_1_10),
        "pg_stat_statements >= 1.11": _STATEMENTS.format(**_1_11),
    }
)

RESETS = Variants(
    {
        "pg_stat_statements >= 1.8": "SELECT NULL::float8 AS at",
        "pg_stat_statements >= 1.9": """
    SELECT extract(epoch FROM stats_reset)::float8 AS at
      FROM @extschema:pg_stat_statements@.pg_stat_statements_info
""",
    }
)


@dataclass(slots=True)
class _Counted:
    """A statement that lacks its text. `queryid` is None where the role may not see it.

    Not frozen: that would cost as much as fetching five thousand of them.
    """

    database: str
    calls: int
    exec_seconds: float
    rows: int
    plans: int | None
    plan_seconds: float | None
    exec_seconds_squared: float
    shared_hit_bytes: int
    shared_read_bytes: int
    shared_dirtied_bytes: int
    shared_written_bytes: int
    temp_read_bytes: int
    temp_written_bytes: int
    block_read_seconds: float | None
    block_write_seconds: float | None
    temp_block_seconds: float | None
    wal_records: int
    wal_full_page_images: int
    wal_bytes: int
    jit_seconds: float | None
    user: str | None
    counting_since: float | None
    queryid: int | None
    userid: int
    dbid: int
    toplevel: bool


_counters = attrgetter(*names(Statement, "counter"))


@dataclass(frozen=True, slots=True)
class Preloaded:
    """The extension's library is loaded; unknown, and taken as met, where the list is hidden."""

    name: str

    def unmet(self, server: Server) -> str | None:
        loaded = server.settings.get("shared_preload_libraries")
        if loaded is None or self.name in [each.strip(' "') for each in loaded.split(",")]:
            return None
        return (
            f"needs {self.name} in shared_preload_libraries; found {loaded or 'nothing'}; "
            f"add it there and restart the server"
        )


@collector(
    Runs(
        STATEMENTS,
        remedy="run CREATE EXTENSION pg_stat_statements, or ALTER EXTENSION … UPDATE",
    ),
    Preloaded("pg_stat_statements"),
    Grant("pg_read_all_stats"),
    every=timedelta(minutes=1),
)
def statements(db: SqlSession) -> Snapshot[Statement]:
    taken_at = db.now()
    since = counting_since(db, RESETS)
    counted = db.rows(STATEMENTS, _Counted)
    visible = [each for each in counted if each.queryid is not None]
    entries = [Entry(each.queryid or 0, each.userid, each.dbid) for each in visible]
    texts = db.keep(StatementTexts)
    gaps = list(texts.learn(db, entries))
    if hidden := len(counted) - len(visible):
        gaps.append(
            f"{hidden} statements of other users are hidden; "
            f'run GRANT pg_read_all_stats TO "{db.server.user}"'
        )
    rows = tuple(_with_texts(visible, entries, texts))
    return Snapshot(taken_at, rows, since, tuple(gaps), partial=hidden > 0)


def _with_texts(
    counted: list[_Counted], entries: list[Entry], texts: StatementTexts
) -> Iterator[Statement]:
    for each, entry in zip(counted, entries, strict=True):
        text = texts.get(entry) or unknown(entry.queryid)
        values: tuple[Any, ...] = (
            each.database,
            text.digest,
            f"{entry.userid}/{entry.dbid}/{entry.queryid}/{each.toplevel}",
            *_counters(each),
            each.user,
            text.query,
            text.own,
            not each.toplevel,
            each.counting_since,
        )
        yield Statement(*values)
