"""Tables with their size and use; none is opened to tell."""

from __future__ import annotations

from collectors.fields import counter, gauge, note, row
from collectors.snapshots.schema import Table


@row(noun="table")
class MysqlTable(Table):
    """A base table. `database` and `schema` are both its schema; `oid` and TOAST do not exist."""

    storage_engine: str = note("InnoDB, MyISAM, Aria, …")
    row_format: str = note("Dynamic, Compact, …")
    collation: str = note()
    partitions: int = note("0 where it is not partitioned.")
    free_bytes: int | None = gauge("Allocated to its file and unused; None in a shared tablespace.")
    primary_key: tuple[str, ...] = note("Columns in order; empty without.")
    primary_key_bytes: int | None = note("Widest value of the key; None without or unknown.")
    secondary_indexes: int = note("Indexes beside the primary key.")
    rows_read: int | None = counter("Rows read, by index or without.")
    rows_scanned: int | None = counter("Rows read without an index.")
    io_seconds: float | None = counter("Time in table I/O calls.")
