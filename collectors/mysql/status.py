"""The server's own counters and what they stand at, of SHOW GLOBAL STATUS."""

from __future__ import annotations

from collectors.fields import counter, gauge, row
from collectors.snapshots.throughput import Throughput


@row(noun="status", unknown=("sessions_fatal", "sessions_killed"))
class Status(Throughput):
    """One row, of the whole server: `database` is empty.

    `sessions` are connections tried, `sessions_abandoned` those whose client vanished.
    A variable that this version does not have is None.
    """

    questions: int = counter("Statements that clients sent.")
    slow_queries: int = counter("Statements longer than long_query_time.")
    selects: int = counter("SELECT statements.")
    inserts: int = counter("INSERT and REPLACE statements.")
    updates: int = counter("UPDATE statements.")
    deletes: int = counter("DELETE statements.")
    connects_refused: int | None = counter("Connections refused at max_connections.")
    connects_aborted: int = counter("Connection attempts that failed.")
    threads_created: int = counter("Threads made for connections.")
    received_bytes: int = counter("Bytes received from clients.")
    sent_bytes: int = counter("Bytes sent to clients.")
    temp_tables: int = counter("Internal temporary tables made.")
    disk_temp_tables: int = counter("Internal temporary tables that went to disk.")
    full_joins: int = counter("Joins that read a table whole for lack of an index.")
    full_scans: int = counter("Statements that read their first table whole.")
    sort_merge_passes: int = counter("Passes of sorts that did not fit in memory.")
    tables_opened: int = counter("Tables opened.")
    table_cache_hits: int | None = counter("Table cache lookups that found one.")
    table_cache_misses: int | None = counter("Table cache lookups that found none.")
    table_cache_overflows: int | None = counter("Tables closed because the cache was full.")
    table_definitions_opened: int = counter("Table definitions read anew.")
    table_lock_waits: int = counter("Table locks that had to be waited for.")
    binlog_cache_uses: int | None = counter("Transactions through the binary log cache.")
    binlog_cache_disk_uses: int | None = counter("Of these spilled to disk.")
    query_cache_hits: int | None = counter("Answers from the query cache; MariaDB, MySQL 5.7.")
    query_cache_prunes: int | None = counter("Results thrown out of it for lack of memory.")
    flow_control_seconds: float | None = counter("Galera: time paused by flow control.")
    digests_lost: int | None = counter("Statements that found no room for a digest.")
    threads_connected: int = gauge("Clients connected.")
    threads_running: int = gauge("Clients that run a statement.")
    threads_cached: int = gauge("Threads kept for new connections.")
    peak_connections: int = gauge("Most clients connected at once since the start.")
    open_files: int = gauge("Files open.")
    open_tables: int = gauge("Tables in the table cache.")
    open_table_definitions: int = gauge("Table definitions in their cache.")
    semi_sync_on: bool | None = gauge("Semi-synchronous replication works; None where not set up.")
    semi_sync_clients: int | None = gauge("Semi-synchronous replicas.")
    redo_log_enabled: bool | None = gauge("Redo logging is on; MySQL 8.0.21 and later.")
