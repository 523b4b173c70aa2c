"""What normalised statements cost."""

from __future__ import annotations

from typing import Final

from collectors.fields import counter, identity, label, note, row

# Its row counts as database time that nobody can explain.
LOST: Final = "__lost__"


@row
class Statement:
    """One entry of the server's statement statistics; entries of one digest add up.

    The digest LOST lumps together what the server had no room to tell apart.
    Bytes are blocks times block size. `own` marks dbtriage's own statements. Fields an engine
    or an older extension does not count are None.
    """

    database: str = label("Database the statement ran in.")
    digest: str = label("Names the normalised statement, on every engine.")
    entry: str = identity("The server's own key of the entry.")
    calls: int = counter("Executions.")
    exec_seconds: float = counter("Time spent executing.")
    rows: int | None = counter("Rows returned or changed.")
    plans: int | None = counter("Times planned, where planning is tracked.")
    plan_seconds: float | None = counter("Time spent planning, where planning is tracked.")
    exec_seconds_squared: float | None = counter(
        "Sum of squared execution times, for variance.", exact=False
    )
    shared_hit_bytes: int | None = counter("Read from shared buffers.")
    shared_read_bytes: int | None = counter("Read from the operating system into shared buffers.")
    shared_dirtied_bytes: int | None = counter("Blocks made dirty.")
    shared_written_bytes: int | None = counter("Blocks written by the statement itself.")
    temp_read_bytes: int | None = counter("Read back from temporary files.")
    temp_written_bytes: int | None = counter("Spilled to temporary files.")
    block_read_seconds: float | None = counter("Waiting for block reads, if timed.")
    block_write_seconds: float | None = counter("Waiting for block writes, if timed.")
    temp_block_seconds: float | None = counter("Waiting for temporary files, if timed.")
    wal_records: int | None = counter("Write-ahead log records.")
    wal_full_page_images: int | None = counter("Full page images among the log records.")
    wal_bytes: int | None = counter("Write-ahead log bytes.")
    jit_seconds: float | None = counter("Time spent in just-in-time compilation.")
    user: str | None = note("Role that ran it; None once dropped.")
    query: str = note("Normalised text without literals; empty while unknown.")
    own: bool = note("Sent by dbtriage.")
    nested: bool = note("Ran inside a function: its time is a part of its caller's too.")
    counting_since: float | None = note("When this entry began to count, where the server tells.")
