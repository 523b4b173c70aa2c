"""Tables whose file holds far more than their rows."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.mysql.tables import MysqlTable
from collectors.session import Server
from collectors.snapshot import Snapshot
from rules.base import MYSQL, Finding, Gain, Impact, Remedy, Severity, Subject, rule
from rules.mysql_wording import PATIENTLY, alter_online
from rules.wording import literal, share, size


@rule(
    title="A table's file is mostly empty",
    severity=Severity.LOW,
    see=(
        "https://dev.mysql.com/doc/refman/8.4/en/innodb-file-defragmenting.html",
        "https://mariadb.com/kb/en/defragmenting-innodb-tablespaces/",
    ),
    engines=MYSQL,
)
def fragmented_table(
    tables: Snapshot[MysqlTable],
    server: Server,
    *,
    minimum_bytes: float = 2**30,
    minimum_ratio: float = 0.4,
) -> Iterator[Finding]:
    """Much of an InnoDB table's file is allocated and unused.

    Why it matters
        Deleted rows leave room that only this table can use: the disk stays full, and physical
        backups carry it along.

    What to do
        Rebuild the table beside the traffic, if the room will not be used again.

    When to ignore
        The table turns over: what is empty tonight is full tomorrow. Tables in a shared
        tablespace, whose free room belongs to all of them, and Amazon Aurora, which gives room
        back by itself, are left out.
    """
    if server.platform == "aurora":
        return
    for table in tables.rows:
        free = table.free_bytes or 0
        held = table.total_bytes + free
        if table.storage_engine == "InnoDB" and free >= max(minimum_bytes, minimum_ratio * held):
            yield Finding(
                subject=Subject("table", table.name, table.database),
                summary=(
                    f"{size(free)} of the {size(held)} that {table.name} takes on disk, "
                    f"{share(free / held) if held else '0 %'}, are unused."
                ),
                evidence={
                    "free_bytes": free,
                    "used_bytes": table.total_bytes,
                    "free_ratio": free / held if held else 0.0,
                    "rows": table.rows,
                },
                impact=Impact(Gain.SPACE, free),
                remedy=_remedy(table),
            )


def _remedy(table: MysqlTable) -> Remedy:
    return Remedy(
        text="Rebuild the table in place, after the deletes have ended.",
        statements=(PATIENTLY, alter_online(table.schema, table.table, "ENGINE=InnoDB")),
        risk=(
            "Reads and writes go on; what is written meanwhile is kept in a log that "
            "innodb_online_alter_log_max_size limits, and the rebuild fails when it is full. "
            f"Minutes for each 10 GB, needs {size(table.total_bytes)} of free disk, and replicas "
            "fall behind for as long. A table with FULLTEXT indexes can only be copied under a "
            "lock: the statement then fails at once."
        ),
        verify=(
            "At once this is a few MB at most: SELECT data_free FROM information_schema.tables "
            f"WHERE table_schema = {literal(table.schema)} AND "
            f"table_name = {literal(table.table)}; on MySQL 8 first SET SESSION "
            "information_schema_stats_expiry = 0."
        ),
        rollback="None needed: the rows are the same.",
    )
