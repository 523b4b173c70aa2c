"""The server's own counters and what they stand at, of SHOW GLOBAL STATUS."""

from __future__ import annotations

from datetime import timedelta

from collectors.base import Runs, collector
from collectors.fields import counter, gauge, row
from collectors.mysql.facts import Variable
from collectors.mysql.global_status import Shown, every, made, metrics, shown, shows
from collectors.mysql.needs import instrumented
from collectors.session import Server, SqlSession
from collectors.snapshot import Snapshot
from collectors.snapshots.throughput import Throughput

# The field, and the variable it is; of two names the first that the server has.
SOURCES = {
    "sessions": "Connections",
    "sessions_abandoned": "Aborted_clients",
    "questions": "Questions",
    "slow_queries": "Slow_queries",
    "selects": "Com_select",
    "connects_refused": "Connection_errors_max_connections",
    "connects_aborted": "Aborted_connects",
    "threads_created": "Threads_created",
    "received_bytes": "Bytes_received",
    "sent_bytes": "Bytes_sent",
    "temp_tables": "Created_tmp_tables",
    "disk_temp_tables": "Created_tmp_disk_tables",
    "full_joins": "Select_full_join",
    "full_scans": "Select_scan",
    "sort_merge_passes": "Sort_merge_passes",
    "tables_opened": "Opened_tables",
    "table_cache_hits": "Table_open_cache_hits",
    "table_cache_misses": "Table_open_cache_misses",
    "table_cache_overflows": "Table_open_cache_overflows",
    "table_definitions_opened": "Opened_table_definitions",
    "table_lock_waits": "Table_locks_waited",
    "binlog_cache_uses": "Binlog_cache_use",
    "binlog_cache_disk_uses": "Binlog_cache_disk_use",
    "query_cache_hits": "Qcache_hits",
    "query_cache_prunes": "Qcache_lowmem_prunes",
    "threads_connected": "Threads_connected",
    "threads_running": "Threads_running",
    "threads_cached": "Threads_cached",
    "peak_connections": "Max_used_connections",
    "open_files": "Open_files",
    "open_tables": "Open_tables",
    "open_table_definitions": "Open_table_definitions",
    "redo_log_enabled": "Innodb_redo_log_enabled",
}
# Several commands that do the same are one field.
SUMS = {
    "commits": ("Com_commit", "Com_xa_commit"),
    "rollbacks": ("Com_rollback", "Com_xa_rollback"),
    "inserts": ("Com_insert", "Com_insert_select", "Com_replace", "Com_replace_select"),
    "updates": ("Com_update", "Com_update_multi"),
    "deletes": ("Com_delete", "Com_delete_multi"),
}
SEMI_SYNC = {
    "semi_sync_on": "Rpl_semi_sync_source_status|Rpl_semi_sync_master_status",
    "semi_sync_clients": "Rpl_semi_sync_source_clients|Rpl_semi_sync_master_clients",
}
_DEADLOCKS = ("lock_deadlocks", "Innodb_deadlocks")
_LOST = "Performance_schema_digest_lost"
_PAUSED = "wsrep_flow_control_paused_ns"

STATUS = shows(
    (
        *every(SOURCES),
        *every(SEMI_SYNC),
        *(name for names in SUMS.values() for name in names),
        *("Innodb_deadlocks", _LOST, _PAUSED),
    )
)


@row(noun="status", unknown=("sessions_fatal", "sessions_killed"), resets_apart=True)
class Status(Throughput):
    """One row, of the whole server: `database` is empty.

    `commits` and `rollbacks` are the COMMIT and ROLLBACK statements of clients, empty ones too. A
    statement outside of a transaction commits by itself and is in neither: no counter tells how
    many there are (Handler_commit counts each statement of a transaction, twice with a binary
    log). `questions` tells how much work there is.

    `sessions` are connections tried, `sessions_abandoned` those whose client vanished. A variable
    that this version does not have is None. FLUSH STATUS sets some counters to zero and lets others
    run on. `deadlocks` is None on MySQL without the PROCESS privilege.
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
    semi_sync_on: bool | None = gauge(
        "Semi-synchronous replication works; None where switched off."
    )
    semi_sync_clients: int | None = gauge("Semi-synchronous replicas.")
    redo_log_enabled: bool | None = gauge("Redo logging is on; MySQL 8.0.21 and later.")


@collector(Runs(STATUS), every=timedelta(seconds=15))
def status(db: SqlSession) -> Snapshot[Status]:
    ours = () if db.server.engine == "mariadb" else metrics(db)
    found = shown(*db.rows(STATUS, Variable), *ours)
    row = made(Status, SOURCES | _semi_sync(db.server), found, **_derived(db.server, found))
    return Snapshot(db.now(), (row,), db.server.started_at)


def _derived(server: Server, found: Shown) -> dict[str, object]:
    paused = found.number(_PAUSED)
    sums = {name: sum(found.number(n) or 0 for n in names) for name, names in SUMS.items()}
    return {
        "database": "",
        **sums,
        "deadlocks": found.number(*_DEADLOCKS),
        "flow_control_seconds": None if paused is None else paused / 1e9,
        "digests_lost": found.number(_LOST) if instrumented(server) else None,
    }


def _semi_sync(server: Server) -> dict[str, str]:
    """MariaDB shows it as off even where nobody wants it."""
    names = ("rpl_semi_sync_source_enabled", "rpl_semi_sync_master_enabled")
    return SEMI_SYNC if "ON" in map(server.settings.get, names) else {}
