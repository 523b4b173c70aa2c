"""What statements cost, in total, from performance_schema's digests."""

from __future__ import annotations

from collectors.fields import counter, gauge, note, row
from collectors.snapshots.statements import Statement

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
