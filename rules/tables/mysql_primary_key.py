"""How a table of MySQL or MariaDB gets a primary key."""

from __future__ import annotations

from collectors.mysql.tables import MysqlTable
from collectors.session import Server
from rules.base import Remedy
from rules.mysql_wording import PATIENTLY, alter_online, qualified, quoted
from rules.wording import size

_LOCKED = (
    "Writers of the table wait while its {size} are rebuilt: minutes for each 10 GB; reads go on. "
    "At its start and end the ALTER waits for transactions that use the table, at most the 5 "
    "seconds set, and statements that come later wait behind it."
)


def add_key(server: Server, table: MysqlTable, numbered: str | None) -> Remedy:
    """`numbered` is the AUTO_INCREMENT column it has already; there can't be a second."""
    if numbered:
        return _declare(table, numbered)
    logged = server.settings.get("log_bin") == "ON"
    return _refill(server, table) if logged else _number(server, table)


def _declare(table: MysqlTable, column: str) -> Remedy:
    name = qualified(table.schema, table.table)
    change = f"ADD PRIMARY KEY ({quoted(column)})"
    return Remedy(
        text=f"Declare {column} as the key: it is numbered already.",
        statements=(PATIENTLY, alter_online(table.schema, table.table, change)),
        risk=(
            "The table is rebuilt while it is read and written: minutes for each 10 GB. It needs "
            f"{size(table.total_bytes)} of free disk, and fails with error 1062 where two rows "
            f"have the same {column}."
        ),
        verify=_verify(table),
        rollback=f"ALTER TABLE {name} DROP PRIMARY KEY;",
    )


def _number(server: Server, table: MysqlTable) -> Remedy:
    name = qualified(table.schema, table.table)
    return Remedy(
        text=_text(server, table),
        statements=(PATIENTLY, _altered(name, server)),
        risk=f"{_LOCKED.format(size=size(table.total_bytes))} {_seen(server)}",
        verify=_verify(table),
        rollback=f"ALTER TABLE {name} DROP COLUMN row_id;",
    )


def _altered(name: str, server: Server) -> str:
    """Numbering takes the write lock."""
    return f"ALTER TABLE {name} ADD COLUMN {_column(server)}, ALGORITHM=INPLACE, LOCK=SHARED;"


def _refill(server: Server, table: MysqlTable) -> Remedy:
    """Through a new table: an ALTER that a replica repeats may number its rows otherwise."""
    name = qualified(table.schema, table.table)
    new, old = (qualified(table.schema, f"{table.table[:60]}_{end}") for end in ("new", "old"))
    columns = "*" if _can_hide(server) else "every.*, NULL"
    return Remedy(
        text=(
            f"{_text(server, table)} Fill a new table rather than alter this one: a replica that "
            "repeats the ALTER may give other numbers to the same rows."
        ),
        statements=(
            f"CREATE TABLE {new} LIKE {name};",
            f"ALTER TABLE {new} ADD COLUMN {_column(server)};",
            "-- now stop what writes to the table",
            f"INSERT INTO {new} SELECT {columns} FROM {name} AS every;",
            f"RENAME TABLE {name} TO {old}, {new} TO {name};",
        ),
        risk=(
            f"What is written during the copy is lost: stop writers for the minutes each 10 GB "
            f"takes. Needs {size(table.total_bytes)} of free disk. Triggers and foreign keys of "
            f"the table are not copied: make them again. {_seen(server)}"
        ),
        verify=_verify(table),
        rollback=f"RENAME TABLE {name} TO {new}, {old} TO {name};",
    )


def _text(server: Server, table: MysqlTable) -> str:
    future = (
        " New tables get a key by themselves with SET PERSIST sql_generate_invisible_primary_key "
        "= ON."
        if server.engine == "mysql" and server.at_least(8, 0, 30)
        else ""
    )
    return (
        f"If columns tell the rows apart: ALTER TABLE {qualified(table.schema, table.table)} ADD "
        "PRIMARY KEY on them, ALGORITHM=INPLACE, LOCK=NONE, once they are NOT NULL. If none do, "
        f"add a numbered column.{future}"
    )


def _column(server: Server) -> str:
    hidden = " INVISIBLE" if _can_hide(server) else ""
    return f"row_id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT{hidden} PRIMARY KEY"


def _can_hide(server: Server) -> bool:
    """Whether a column may be left out of SELECT *."""
    return server.engine == "mariadb" or server.at_least(8, 0, 23)


def _seen(server: Server) -> str:
    if _can_hide(server):
        return "Statements do not see the column unless they name it."
    return "INSERT without a list of columns fails with error 1136; SELECT * gives one more."


def _verify(table: MysqlTable) -> str:
    return (
        f"At once this gives rows: SHOW INDEX FROM {qualified(table.schema, table.table)} WHERE "
        "Key_name = 'PRIMARY';"
    )
