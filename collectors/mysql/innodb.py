"""InnoDB: buffer pool, redo log, purge, row locks."""

from __future__ import annotations

from collectors.fields import counter, gauge, row


@row
class Innodb:
    """One row. A value that this version does not tell is None."""

    buffer_pool_bytes: int = gauge("Size of the buffer pool.")
    buffer_pool_data_bytes: int = gauge("Of these holding data.")
    buffer_pool_dirty_bytes: int = gauge("Of these changed and not yet written.")
    buffer_pool_free_bytes: int = gauge("Of these free.")
    page_requests: int = counter("Pages asked of the buffer pool.")
    page_reads: int = counter("Pages that had to be read from disk for a request.")
    pages_read_ahead: int = counter("Pages read in advance.")
    pages_read_ahead_evicted: int = counter("Of these thrown out before anybody used them.")
    free_page_waits: int = counter("Times a thread waited for a free page.")
    pages_written: int = counter("Pages written.")
    redo_capacity_bytes: int | None = gauge("Size of the redo log.")
    checkpoint_age_bytes: int | None = gauge("Redo written since the last checkpoint.")
    checkpoint_limit_bytes: int | None = gauge("Age at which writers must wait for a checkpoint.")
    redo_written_bytes: int = counter("Bytes written to the redo log.")
    log_buffer_waits: int = counter("Times the log buffer was too small.")
    history_list_length: int | None = gauge("Undo records not yet purged.")
    active_transactions: int | None = gauge("Transactions open.")
    row_lock_waits: int = counter("Row locks that had to be waited for.")
    row_lock_seconds: float = counter("Time spent waiting for row locks.")
    row_lock_waiters: int = gauge("Row locks waited for right now.")
    lock_timeouts: int | None = counter("Row lock waits that ran out of time.")
    deadlocks: int | None = counter("Deadlocks broken.")
    rows_read: int | None = counter("Rows read.")
    rows_inserted: int | None = counter("Rows inserted.")
    rows_updated: int | None = counter("Rows updated.")
    rows_deleted: int | None = counter("Rows deleted.")
    data_reads: int = counter("Reads of data files.")
    data_writes: int = counter("Writes of data files.")
    data_fsyncs: int = counter("fsync calls.")
