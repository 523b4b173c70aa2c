"""Primary keys that every other index repeats."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.mysql.tables import MysqlTable
from collectors.snapshot import Snapshot
from rules.base import MYSQL, Finding, Gain, Impact, Remedy, Severity, Subject, rule
from rules.mysql_wording import alter_by_copy, quoted
from rules.wording import size

_BIG_BYTES = 10 * 2**30
_NUMBER_BYTES = 8


@rule(
    title="A wide primary key is repeated in every index",
    severity=Severity.LOW,
    see=(
        "https://dev.mysql.com/doc/refman/8.4/en/innodb-index-types.html",
        "https://mariadb.com/kb/en/getting-started-with-indexes/",
    ),
    engines=MYSQL,
)
def oversized_primary_key(
    tables: Snapshot[MysqlTable],
    *,
    maximum_key_bytes: float = 16,
    minimum_indexes: float = 3,
    minimum_bytes: float = 2**30,
) -> Iterator[Finding]:
    """The primary key of an InnoDB table is wide, and each of its indexes carries it.

    Why it matters
        InnoDB ends each entry of each index with the whole primary key. A key of 36 characters
        in five indexes is 180 bytes a row, of disk, of the buffer pool and of each write.

    What to do
        Make a number the primary key and keep the old one as a unique index; or store a UUID as
        BINARY(16) instead of text.

    When to ignore
        The table is read by ranges of the wide key: rows that lie together by it are worth more
        than the room. The estimate takes the widest value a key can have.
    """
    for table in tables.rows:
        if table.storage_engine != "InnoDB" or table.total_bytes < minimum_bytes:
            continue
        wide = (table.primary_key_bytes or 0) > maximum_key_bytes
        if wide and table.secondary_indexes >= minimum_indexes:
            yield _finding(table)


def _finding(table: MysqlTable) -> Finding:
    key = table.primary_key_bytes or 0
    repeated = max(0, key - _NUMBER_BYTES) * (table.rows or 0.0) * table.secondary_indexes
    saved = min(repeated, float(table.index_bytes))
    columns = ", ".join(table.primary_key)
    return Finding(
        subject=Subject("table", table.name, table.database),
        summary=(
            f"The primary key of {table.name} ({columns}) is up to {key} bytes wide and stands in "
            f"{table.secondary_indexes} more indexes; a number there would save up to "
            f"{size(saved)}."
        ),
        evidence={
            "primary_key": columns,
            "primary_key_bytes": key,
            "secondary_indexes": table.secondary_indexes,
            "rows": table.rows,
            "index_bytes": table.index_bytes,
            "estimated_saved_bytes": round(saved),
        },
        severity=Severity.MEDIUM if table.total_bytes >= _BIG_BYTES else None,
        impact=Impact(Gain.SPACE, saved),
        remedy=_remedy(table),
    )


def _remedy(table: MysqlTable) -> Remedy:
    columns = ", ".join(quoted(c) for c in table.primary_key)
    change = (
        "DROP PRIMARY KEY, ADD COLUMN row_id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT FIRST, "
        f"ADD PRIMARY KEY (row_id), ADD UNIQUE INDEX former_key ({columns})"
    )
    return Remedy(
        text=(
            "Number the rows and keep the old key unique: statements and foreign keys that use "
            "it go on working. If the key is a UUID as text, BINARY(16) saves half and needs no "
            "new column, but every statement must then convert it."
        ),
        statements=alter_by_copy(table.schema, table.table, change),
        risk=(
            f"The table is copied beside the traffic: minutes for each 10 GB, and "
            f"{size(table.total_bytes)} of free disk. INSERT without a list of columns fails; "
            "SELECT * gives one more. Range scans by the old key fetch each row on its own. gh-ost "
            "refuses tables with foreign keys or triggers: take pt-online-schema-change there."
        ),
        verify=(
            "After the copy and ANALYZE TABLE, index_length of information_schema.tables is "
            f"smaller than {size(table.index_bytes)}."
        ),
        rollback="Keep the old table that gh-ost leaves (named _…_del) until you are sure, and "
        "rename it back.",
    )
