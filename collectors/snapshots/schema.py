"""Tables, indexes, columns and foreign keys, with how they are used."""

from __future__ import annotations

from collectors.fields import counter, gauge, identity, label, note, row


@row
class Table:
    """A table with its size and use, as far as every engine tells."""

    database: str = label()
    schema: str = label()
    table: str = label()
    oid: int | None = identity("A table that was dropped and made again counts anew.")
    kind: str = note("table, partition, partitioned table, materialized view")
    rows: float | None = gauge("Rows, as the planner believes; None before the first ANALYZE.")
    heap_bytes: int = gauge("Main storage, without indexes and TOAST.")
    toast_bytes: int = gauge("Out-of-line storage with its index.")
    index_bytes: int = gauge("All indexes together.")
    has_primary_key: bool = note()
    has_unique_key: bool = note("A unique index over columns that cannot be NULL.")
    inserts: int | None = counter("Rows inserted.")
    updates: int | None = counter("Rows updated.")
    deletes: int | None = counter("Rows deleted.")

    @property
    def total_bytes(self) -> int:
        return self.heap_bytes + self.toast_bytes + self.index_bytes

    @property
    def name(self) -> str:
        return f"{self.schema}.{self.table}"


@row
class Index:
    """An index with its definition and use. Lists of key columns hold "" for an expression."""

    database: str = label()
    schema: str = label()
    table: str = label()
    index: str = label()
    oid: int | None = identity()
    method: str = note("btree, hash, gin, …")
    columns: tuple[str, ...] = note("Key columns in order; an expression is an empty string.")
    prefixes: tuple[int, ...] = note("Leading characters indexed of each column; 0 is all of it.")
    included: tuple[str, ...] = note("Columns carried but not searched.")
    opclasses: tuple[str, ...] = note("Operator class of each key column.")
    collations: tuple[str, ...] = note("Collation of each key column; empty where none.")
    options: tuple[int, ...] = note("Sort bits of each key column: 1 descending, 2 nulls first.")
    expressions: str | None = note("Text of the expressions; None without.")
    predicate: str | None = note("Condition of a partial index; None without.")
    unique: bool = note()
    primary: bool = note()
    exclusion: bool = note()
    valid: bool = note()
    ready: bool = note()
    building: bool = note("CREATE INDEX or REINDEX is at work on it right now.")
    visible: bool = note("The planner may use it: neither INVISIBLE nor IGNORED.")
    constraint: str | None = note("Constraint it backs; None without.")
    referenced: bool = note("A foreign key elsewhere points at the key it backs.")
    replica_identity: bool = note()
    partition_child: bool = note("Attached to an index of the partitioned parent.")
    definition: str = note("CREATE INDEX statement that makes it again; no data in it.")
    size_bytes: int = gauge("Size on disk.")
    rows: float | None = gauge("Entries, as of the last VACUUM or ANALYZE.")
    distinct_values: float | None = note("Distinct keys, as statistics estimate.")
    last_scan_at: float | None = note("Unix seconds; PostgreSQL 16 and later.")
    scans: int | None = counter("Scans started.")
    rows_read: int | None = counter("Rows or index entries read through it.")
    rows_fetched: int | None = counter("Live rows fetched by simple scans.")
    read_bytes: int | None = counter("Blocks read from outside shared buffers.")
    hit_bytes: int | None = counter("Blocks found in shared buffers.")

    @property
    def name(self) -> str:
        return f"{self.schema}.{self.index}"


@row(exported=False)
class Column:
    """A column with the planner's statistics; None where never analysed or not readable.

    Values are from the data: they feed estimates and never leave the process.
    """

    database: str = label()
    schema: str = label()
    table: str = label()
    column: str = label()
    type: str = note()
    position: int = note()
    not_null: bool = note()
    average_bytes: int | None = gauge("Average width of a value.")
    distinct_values: float | None = gauge("Distinct values; fractions are already multiplied out.")
    null_ratio: float | None = gauge("NULLs among all rows, 0 to 1.")
    correlation: float | None = gauge("Physical order against value order, -1 to 1.")
    common_ratios: tuple[float, ...] = note("Shares of the most common values, biggest first.")
    common_values: tuple[str, ...] = note("The most common values; never shown.")
    histogram: tuple[str, ...] = note("Bounds of equal-count buckets; never shown.")


@row(exported=False)
class ForeignKey:
    """A foreign key, and whether an index serves the referencing side."""

    database: str = label()
    schema: str = label()
    table: str = label()
    name: str = label("Constraint.")
    columns: tuple[str, ...] = note()
    referenced_schema: str = note()
    referenced_table: str = note()
    referenced_columns: tuple[str, ...] = note()
    indexed: bool = note("A full, valid b-tree (or hash) index leads with exactly these columns.")
    on_delete: str = note("no action, restrict, cascade, set null, set default")
