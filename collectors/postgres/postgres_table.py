"""What PostgreSQL tells of a table beyond what every engine does."""

from __future__ import annotations

from collectors.fields import counter, gauge, identity, note, row
from collectors.snapshots.schema import Table


@row(noun="table")
class PostgresTable(Table):
    """An ordinary table, partition or materialised view with its upkeep."""

    oid: int = identity("A table that was dropped and made again counts anew.")
    live_rows: int = gauge("Rows, as statistics estimate.")
    dead_rows: int = gauge("Dead rows not yet removed, as statistics estimate.")
    modified_rows: int = gauge("Rows changed since the last ANALYZE.")
    inserted_rows: int | None = gauge("Rows inserted since the last VACUUM.")
    vacuum_trigger_rows: float = gauge("Dead rows at which autovacuum starts.")
    heap_pages: int = gauge("Pages, as of the last VACUUM or ANALYZE.")
    transaction_age: int | None = gauge("Age of the oldest unfrozen transaction id.")
    multixact_age: int | None = gauge("Age of the oldest multixact id.")
    vacuumed_at: float | None = note("Last VACUUM, manual or automatic, Unix seconds.")
    autovacuumed_at: float | None = note()
    analyzed_at: float | None = note("Last ANALYZE, manual or automatic, Unix seconds.")
    autovacuum: bool = note("False where a storage parameter turns autovacuum off.")
    fillfactor: int = note("Per cent.")
    row_bytes: float | None = note("Average row width by pg_stats, with header; None unknown.")
    replica_identity: str = note("default, nothing, full, index")
    published: bool = note("Part of a publication: logical replication copies its changes.")
    inserts: int = counter("Rows inserted.")
    updates: int = counter("Rows updated.")
    deletes: int = counter("Rows deleted.")
    seq_scans: int = counter("Sequential scans.")
    seq_rows: int = counter("Rows read by sequential scans.")
    index_scans: int = counter("Index scans.")
    index_rows: int = counter("Rows fetched by index scans.")
    hot_updates: int = counter("Updates that touched no index.")
    heap_read_bytes: int = counter("Heap blocks read from outside shared buffers.")
    heap_hit_bytes: int = counter("Heap blocks found in shared buffers.")
    vacuums: int = counter("Times vacuumed, manual or automatic.")
    analyzes: int = counter("Times analysed, manual or automatic.")
