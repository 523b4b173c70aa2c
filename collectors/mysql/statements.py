"""What statements cost, in total, from performance_schema's digests: counters, then new texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from collectors.base import Runs, collector
from collectors.fields import counter, gauge, note, row
from collectors.mysql.activity_texts import MysqlActivityTexts
from collectors.mysql.digest_texts import DigestText, DigestTexts
from collectors.mysql.needs import PerformanceSchema, Reads
from collectors.mysql.own_statements import OwnStatements
from collectors.mysql.prepared_executions import Prepared, PreparedExecutions
from collectors.mysql.statement_consumers import consumers
from collectors.mysql.statement_counters import (
    COUNTERS,
    COUNTS,
    Counted,
    began,
    counted,
)
from collectors.mysql.statement_rounds import StatementRounds
from collectors.session import SqlSession
from collectors.snapshot import Snapshot
from collectors.snapshots.statements import LOST, Statement
from collectors.statement_texts import Text

# What only pg_stat_statements tells.
_UNKNOWN = (
    "plans",
    "plan_seconds",
    "exec_seconds_squared",
    "shared_hit_bytes",
    "shared_read_bytes",
    "shared_dirtied_bytes",
    "shared_written_bytes",
    "temp_read_bytes",
    "temp_written_bytes",
    "block_read_seconds",
    "block_write_seconds",
    "temp_block_seconds",
    "wal_records",
    "wal_full_page_images",
    "wal_bytes",
    "jit_seconds",
)
_NOTHING = (None,) * len(_UNKNOWN)
_PICOSECOND = 1e-12
_OTHERS = COUNTS - 5
_NO_QUANTILES = (None, None, None)
_Entry = tuple[str, str, DigestText, bool, float | None]
_LOST = DigestText(Text(LOST, ""), truncated=False)


@row(noun="statement", unknown=_UNKNOWN)
class MysqlStatement(Statement):
    """A digest of one schema. `rows` are rows sent to the client plus rows changed."""

    lock_seconds: float | None = counter("Waiting for table and metadata locks, not for rows.")
    cpu_seconds: float | None = counter("On a processor; MySQL 8.0.28 and later, if counted.")
    errors: int | None = counter("Executions that failed.")
    warnings: int | None = counter("Warnings raised.")
    rows_examined: int | None = counter("Rows read from tables to find the result.")
    temp_tables: int | None = counter("Internal temporary tables made.")
    disk_temp_tables: int | None = counter("Internal temporary tables that went to disk.")
    full_joins: int | None = counter("Joins that read a table whole for lack of an index.")
    range_checked_joins: int | None = counter("Joins that chose an index anew for each row.")
    full_scans: int | None = counter("Executions that read their first table whole.")
    sort_merge_passes: int | None = counter("Passes of sorts that did not fit in memory.")
    sorted_rows: int | None = counter("Rows sorted.")
    no_index_calls: int | None = counter("Executions that used no index for some table.")
    no_good_index_calls: int | None = counter("Executions that found no good index.")
    p95_seconds: float | None = gauge("95th percentile of execution time; MySQL 8.")
    p99_seconds: float | None = gauge("99th percentile of execution time; MySQL 8.")
    p999_seconds: float | None = gauge("99.9th percentile of execution time; MySQL 8.")
    last_seen_at: float | None = note("When it last ran, Unix seconds.")
    truncated: bool = note("Its text was cut by the server: what follows is not known.")


@collector(
    Runs(COUNTERS), PerformanceSchema(), Reads("performance_schema"), every=timedelta(minutes=1)
)
def statements(db: SqlSession) -> Snapshot[MysqlStatement]:
    taken_at = db.now()
    consuming = consumers(db)
    rounds, texts = db.keep(StatementRounds), db.keep(DigestTexts)
    since = rounds.since(taken_at, db.server)
    found = counted(db, since)
    gaps = texts.learn(db, found, whole=rounds.whole)
    prepared = db.keep(PreparedExecutions)
    executed = prepared.read(db, consuming, digested=texts.tell_executions)
    rows = (*_digests(db, found, timed=bool(consuming.cpu)), *_executions(db, executed))
    gaps += [*rounds.gaps(found), *prepared.gaps()]
    start = rounds.ended(taken_at, db.server, found)
    partial = not rounds.whole or bool(prepared.unread)
    return Snapshot(taken_at, rows, start, tuple(gaps), partial)


def _digests(db: SqlSession, found: Sequence[Counted], *, timed: bool) -> Iterator[MysqlStatement]:
    """`timed`: time on a processor is measured."""
    texts, own, home = db.keep(DigestTexts), db.keep(OwnStatements), db.server.database
    for each in found:
        text, name, ours = _LOST, "lost", False
        if each.digest:
            text, name = texts.get(each.digest), f"{each.schema}/{each.digest}"
            # What was cut cannot be told from ours, where hardly anybody else is at home.
            ours = each.schema == home and (text.truncated or own.holds(text.text))
        entry = (each.schema, name, text, ours, began(each.first_seen))
        yield _statement(entry, each.numbers, float(each.last_seen), timed=timed)


def _executions(db: SqlSession, executed: Sequence[Prepared]) -> Iterator[MysqlStatement]:
    texts = db.keep(MysqlActivityTexts)
    for each in executed:
        text = _LOST if each.text is None else DigestText(texts.of(each.text), truncated=False)
        entry = (each.database, each.entry, text, text.text.own, each.counting_since)
        yield _statement(entry, each.numbers, None, timed=False)


def _statement(
    entry: _Entry, numbers: Sequence[int], last_seen_at: float | None, *, timed: bool
) -> MysqlStatement:
    database, name, text, own, counting_since = entry
    calls, waited, changed, sent, locked, *others = numbers
    quantiles = [n * _PICOSECOND for n in others[_OTHERS : _OTHERS + 3]] or _NO_QUANTILES
    cpu_seconds = numbers[-1] * _PICOSECOND if timed else None
    values: tuple[Any, ...] = (
        *(database, text.text.digest, name, calls, waited * _PICOSECOND, changed + sent),
        *_NOTHING,
        *(None, text.text.query, own, False, counting_since),
        *(locked * _PICOSECOND, cpu_seconds),
        *others[:_OTHERS],
        *quantiles,
        *(last_seen_at, text.truncated),
    )
    return MysqlStatement(*values)
