"""Tables whose storage engine knows no transactions."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.mysql.tables import MysqlTable
from collectors.session import Server
from collectors.snapshot import Snapshot
from rules.base import MYSQL, Confidence, Finding, Remedy, Severity, Subject, rule
from rules.mysql_wording import PATIENTLY, alter_by_copy, qualified
from rules.wording import literal

_LOSSES = {
    "MyISAM": "a crash can corrupt it, and each write locks the whole table",
    "Aria": "it has no transactions, and each write locks the whole table",
}


@rule(
    title="A table is not InnoDB",
    severity=Severity.MEDIUM,
    confidence=Confidence.VALIDATED,
    see=(
        "https://dev.mysql.com/doc/refman/8.4/en/converting-tables-to-innodb.html",
        "https://mariadb.com/kb/en/converting-tables-from-myisam-to-innodb/",
    ),
    engines=MYSQL,
)
def myisam_table(tables: Snapshot[MysqlTable], server: Server) -> Iterator[Finding]:
    """A table is kept by MyISAM or Aria: no transactions, and one writer at a time.

    Why it matters
        A rollback leaves its rows changed. Each write locks the whole table. After a crash
        MyISAM must be repaired by hand and may have lost rows; RDS can't restore it to a point
        in time, and a backup without locks is not consistent.

    What to do
        Change the engine to InnoDB.

    When to ignore
        A table that is filled once, only read, and can be made again. MEMORY and ARCHIVE
        tables are left out: who chose them knows what they lose.
    """
    for table in tables.rows:
        loss = _LOSSES.get(table.storage_engine)
        if loss:
            yield Finding(
                subject=Subject("table", table.name, table.database),
                summary=f"{table.name} is {table.storage_engine}: {loss}.",
                evidence={
                    "storage_engine": table.storage_engine,
                    "platform": server.platform,
                    "inserts": table.inserts,
                    "updates": table.updates,
                    "deletes": table.deletes,
                },
                severity=None if server.platform == "self-managed" else Severity.HIGH,
                remedy=_remedy(table),
            )


def _remedy(table: MysqlTable) -> Remedy:
    name = qualified(table.schema, table.table)
    change = "ENGINE=InnoDB"
    beside, another = alter_by_copy(table.schema, table.table, change)
    return Remedy(
        text=f"Change {table.name} to InnoDB. Its rows then take about twice the room, and "
        "count(*) reads an index.",
        statements=(
            PATIENTLY,
            f"ALTER TABLE {name} {change}, ALGORITHM=COPY, LOCK=SHARED;",
            f"-- or, if it has more than 1 GB: {beside}",
            another,
        ),
        risk=(
            "The table is copied: minutes for each 10 GB, while writers wait; gh-ost and "
            "pt-online-schema-change copy beside the traffic. An AUTO_INCREMENT column that is "
            "not the first of an index fails with error 1075: give it an index first. LOCK "
            "TABLES in the application is no longer needed."
        ),
        verify=(
            "At once this gives InnoDB: SELECT engine FROM information_schema.tables WHERE "
            f"table_schema = {literal(table.schema)} AND table_name = {literal(table.table)};"
        ),
        rollback=f"ALTER TABLE {name} ENGINE={table.storage_engine};",
    )
