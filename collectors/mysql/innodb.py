"""InnoDB: buffer pool, redo log, purge, row locks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from collectors.base import Runs, collector
from collectors.fields import counter, gauge, row
from collectors.mysql.facts import Variable
from collectors.mysql.global_status import PROCESS, Shown, every, made, metrics, shown, shows
from collectors.session import SqlSession
from collectors.snapshot import Snapshot
from collectors.variants import Variants

# The field, and the variable or metric it is; of two names the first that the server has.
SOURCES = {
    "buffer_pool_data_bytes": "Innodb_buffer_pool_bytes_data",
    "buffer_pool_dirty_bytes": "Innodb_buffer_pool_bytes_dirty",
    "page_requests": "Innodb_buffer_pool_read_requests",
    "page_reads": "Innodb_buffer_pool_reads",
    "pages_read_ahead": "Innodb_buffer_pool_read_ahead",
    "pages_read_ahead_evicted": "Innodb_buffer_pool_read_ahead_evicted",
    "free_page_waits": "Innodb_buffer_pool_wait_free",
    "pages_written": "Innodb_pages_written",
    "checkpoint_limit_bytes": "Innodb_checkpoint_max_age|log_max_modified_age_sync",
    "redo_written_bytes": "Innodb_os_log_written",
    "log_buffer_waits": "Innodb_log_waits",
    "history_list_length": "Innodb_history_list_length|trx_rseg_history_len",
    "active_transactions": "trx_active_transactions",
    "row_lock_waits": "Innodb_row_lock_waits",
    "row_lock_waiters": "Innodb_row_lock_current_waits",
    "lock_timeouts": "lock_timeouts",
    "deadlocks": "Innodb_deadlocks|lock_deadlocks",
    "rows_read": "Innodb_rows_read",
    "rows_inserted": "Innodb_rows_inserted",
    "rows_updated": "Innodb_rows_updated",
    "rows_deleted": "Innodb_rows_deleted",
    "data_reads": "Innodb_data_reads",
    "data_writes": "Innodb_data_writes",
    "data_fsyncs": "Innodb_data_fsyncs",
}
_FREE, _PAGE = "Innodb_buffer_pool_pages_free", "Innodb_page_size"
_WAITED = "Innodb_row_lock_time"
_AGE = ("Innodb_checkpoint_age", "log_lsn_checkpoint_age")
_LOG_END, _CHECKPOINT = "Innodb_redo_log_current_lsn", "Innodb_redo_log_checkpoint_lsn"
_CAPACITY = "Innodb_redo_log_capacity_resized"

STATUS = shows((*every(SOURCES), _FREE, _PAGE, _WAITED, _AGE[0], _LOG_END, _CHECKPOINT, _CAPACITY))
_POOL = "SELECT @@innodb_buffer_pool_size AS buffer_pool_bytes,"
# From 8.0.30 on the old two variables mean nothing; 9.x has done away with them.
SIZES = Variants(
    {
        "mysql >= 5.7": f"""{_POOL}
           @@innodb_log_file_size * @@innodb_log_files_in_group AS redo_files_bytes
""",
        "mysql >= 8.0.30": f"{_POOL} NULL AS redo_files_bytes",
        "mariadb >= 10.5": f"{_POOL} @@innodb_log_file_size AS redo_files_bytes",
    }
)


@dataclass(frozen=True, slots=True)
class Sizes:
    """`redo_files_bytes` is None where a status variable tells the size of the redo log."""

    buffer_pool_bytes: int
    redo_files_bytes: int | None


@row(resets_apart=True)
class Innodb:
    """One row. A value that this version does not tell is None.

    So are the metrics that are switched off, as these are by default: `active_transactions`, and
    on MySQL `checkpoint_limit_bytes`. MySQL before 8.0.30 tells no `checkpoint_age_bytes` either,
    and MariaDB since 10.6 no rows. MariaDB counts `page_requests` late: over a short time they may
    be fewer than `page_reads`.
    """

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


@collector(Runs(STATUS), PROCESS, every=timedelta(seconds=15))
def innodb(db: SqlSession) -> Snapshot[Innodb]:
    found = shown(*db.rows(STATUS, Variable), *metrics(db))
    (sizes,) = db.rows(SIZES, Sizes)
    capacity = found.number(_CAPACITY)
    row = made(
        Innodb,
        SOURCES,
        found,
        buffer_pool_bytes=sizes.buffer_pool_bytes,
        buffer_pool_free_bytes=(found.number(_FREE) or 0) * (found.number(_PAGE) or 0),
        redo_capacity_bytes=sizes.redo_files_bytes if capacity is None else capacity,
        checkpoint_age_bytes=_checkpoint_age(found),
        row_lock_seconds=(found.number(_WAITED) or 0) / 1000,
    )
    return Snapshot(db.now(), (row,), db.server.started_at)


def _checkpoint_age(found: Shown) -> int | None:
    end, checkpoint = found.number(_LOG_END), found.number(_CHECKPOINT)
    if end is None or checkpoint is None:
        return found.number(*_AGE)
    return max(end - checkpoint, 0)  # not read in one moment
