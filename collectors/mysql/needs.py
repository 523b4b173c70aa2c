"""What collectors need of a MySQL or MariaDB server, and what to run where it is missing."""

from __future__ import annotations

from dataclasses import dataclass

from collectors.base import Right
from collectors.session import Server

ALL = "ALL PRIVILEGES"


@dataclass(frozen=True, slots=True)
class Privilege(Right):
    """A global privilege, as each fork calls it; empty where that fork needs none."""

    mysql: str
    mariadb: str

    def unmet(self, server: Server) -> str | None:
        name = self.mariadb if server.engine == "mariadb" else self.mysql
        if not name or server.grants & {name, ALL}:
            return None
        return (
            f"needs the privilege {name}; {server.user} has it not; "
            f"run GRANT {name} ON *.* TO {account(server.user)}"
        )


@dataclass(frozen=True, slots=True)
class Reads(Right):
    """SELECT on a table of a system schema, by itself, through its schema, or on everything."""

    schema: str
    table: str = "*"

    def unmet(self, server: Server) -> str | None:
        wide = {ALL, "SELECT", f"SELECT ON {self.schema}.*"}
        if server.grants & {*wide, f"SELECT ON {self.schema}.{self.table}"}:
            return None
        what = f"SELECT ON {self.schema}.{self.table}"
        return (
            f"needs the privilege {what}; {server.user} has it not; "
            f"run GRANT {what} TO {account(server.user)}"
        )


@dataclass(frozen=True, slots=True)
class PerformanceSchema:
    """It is switched on, which takes a restart; MariaDB leaves it off."""

    def unmet(self, server: Server) -> str | None:
        if instrumented(server):
            return None
        where = (
            "in the DB parameter group, then reboot the instance"
            if server.platform != "self-managed"
            else "under [mysqld] in my.cnf, then restart the server"
        )
        return f"needs performance_schema; it is off; set performance_schema = ON {where}"


def instrumented(server: Server) -> bool:
    """Whether performance_schema counts anything at all."""
    return server.settings.get("performance_schema") == "ON"


def account(user: str) -> str:
    """``dbtriage@%`` as a statement takes it."""
    name, _, host = user.rpartition("@")
    return f"{_quoted(name)}@{_quoted(host)}"


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"
