"""What every question about tables shares: the system's schemas, locks, and who may see them.

No collector of tables waits for a metadata lock or has tables opened. On MariaDB and MySQL 5.7
columns of information_schema that need the table's file only are asked for (EXPLAIN calls it
Open_frm_only): a table that is being changed costs its rows and a warning, as the session waits
for no lock. MySQL 8 reads its dictionary, which nobody locks. Sizes and rows are those of
mysql.innodb_table_stats and innodb_index_stats, as of the last statistics.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from collectors.base import Right
from collectors.mysql.needs import account
from collectors.session import Server, SqlSession
from collectors.variants import Variants

_SYSTEM_SCHEMAS = ("mysql", "sys", "performance_schema", "information_schema")
SYSTEM = str(_SYSTEM_SCHEMAS)

# In InnoDB's own tables a name is encoded as a file's: a slash and a # stand for themselves only.
DECODED = "CONVERT(CONVERT(CAST({name} AS BINARY) USING filename) USING utf8mb4)"
FILE_SCHEMA = DECODED.format(name="SUBSTRING_INDEX({name}, '/', 1)")
FILE_TABLE = DECODED.format(name="SUBSTRING_INDEX(SUBSTRING_INDEX({name}, '/', -1), '#', 1)")

# Names alone: it opens no table and no file of one.
_COUNT = """
    SELECT COUNT(*) AS number
      FROM information_schema.TABLES
     WHERE TABLE_SCHEMA NOT IN {system}
"""
_WARNINGS = Variants({"mysql >= 5.7": "SHOW WARNINGS", "mariadb >= 10.5": "SHOW WARNINGS"})
_LOCK_WAIT_TIMEOUT = 1205
# Any of them on all schemas shows every table and column; REFERENCES lets read no row.
_SHOWING = ("REFERENCES", "SELECT", "INSERT", "UPDATE", "ALL PRIVILEGES")


Place = tuple[str, str]


class OfTable(Protocol):
    @property
    def schema(self) -> str: ...
    @property
    def table(self) -> str: ...


Named = TypeVar("Named", bound=OfTable)


@dataclass(frozen=True, slots=True)
class LockWarning:
    level: str
    code: int


@dataclass(frozen=True, slots=True)
class TableCount:
    """Views are counted too."""

    number: int


@dataclass(frozen=True, slots=True)
class SeesTables(Right):
    """The account may know of tables: information_schema leaves out those it has no right on."""

    def unmet(self, server: Server) -> str | None:
        for grant in server.grants:
            right, _, place = grant.partition(" ON ")
            if right in _SHOWING and place.partition(".")[0] not in _SYSTEM_SCHEMAS:
                return None
        return (
            f"needs the privilege REFERENCES, which shows tables but not their rows; "
            f"{server.user} has it not; run {grant_to_see(server)}"
        )


def grant_to_see(server: Server) -> str:
    return f"GRANT REFERENCES ON *.* TO {account(server.user)}"


def on_both(sql: str) -> Variants:
    """One text that every version of both products understands."""
    return Variants({"mysql >= 5.7": sql, "mariadb >= 10.5": sql})


COUNT = on_both(_COUNT.format(system=SYSTEM))


def too_many(db: SqlSession, what: str, most: int) -> tuple[str, ...]:
    """A gap where an answer about every table would be too much to ask for."""
    (found,) = db.rows(COUNT, TableCount)
    if found.number <= most:
        return ()
    return (f"there are {found.number} tables: {what} are not read above {most}",)


def dictionary(server: Server) -> bool:
    """MySQL 8 has its definitions in tables; all else has them in files, and opens tables."""
    return server.engine == "mysql" and server.at_least(8)


def hidden_gaps(server: Server, tables: int) -> tuple[str, ...]:
    """Tables that are there, but that the account has no right on."""
    if not tables or server.grants & set(_SHOWING):
        return ()
    what = "1 table is" if tables == 1 else f"{tables} tables are"
    return (f"{what} hidden from {server.user}; run {grant_to_see(server)}",)


def by_table(rows: Iterable[Named]) -> dict[Place, list[Named]]:
    found: dict[Place, list[Named]] = {}
    for row in rows:
        found.setdefault((row.schema, row.table), []).append(row)
    return found


def locked(db: SqlSession) -> int:
    """Tables that the question just asked had to leave out; asked of MySQL's warnings."""
    warnings = db.rows(_WARNINGS, LockWarning)
    return sum(warning.code == _LOCK_WAIT_TIMEOUT for warning in warnings)


def lock_gaps(tables: int) -> tuple[str, ...]:
    if not tables:
        return ()
    what = "1 table" if tables == 1 else f"{tables} tables"
    return (f"{what} could not be read: a statement that changes their definition holds them",)


def size_gaps(tables: int) -> tuple[str, ...]:
    """Sizes are those of the statistics: of these tables InnoDB keeps none, or it has them not."""
    if not tables:
        return ()
    what = "1 table has" if tables == 1 else f"{tables} tables have"
    return (f"{what} no persistent statistics: sizes are not known there",)
