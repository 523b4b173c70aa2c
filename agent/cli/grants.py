"""``dbtriage grants``: the least-privilege setup to paste."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class System(StrEnum):
    POSTGRES = "postgres"
    MYSQL = "mysql"
    MARIADB = "mariadb"


def grants(
    system: Annotated[System, typer.Argument(help="What to set up.")],
    role: Annotated[
        str, typer.Option(help="Role dbtriage connects as; on MySQL and MariaDB also user@host.")
    ] = "dbtriage",
    without_data: Annotated[  # noqa: FBT002
        bool, typer.Option("--without-data", help="Leave out the right to read tables.")
    ] = False,
) -> None:
    """Print the SQL that gives a role exactly what dbtriage needs."""
    typer.echo(_setup(system, role, with_data=not without_data))


def _setup(system: System, role: str, *, with_data: bool) -> str:
    from collectors.mysql.grants import setup as mysql
    from collectors.postgres.grants import setup as postgres
    from rules.wording import quoted

    match system:
        case System.POSTGRES:
            return postgres(quoted(role), with_data=with_data)
        case System.MYSQL:
            return mysql("mysql", role, with_data=with_data)
        case System.MARIADB:
            return mysql("mariadb", role, with_data=with_data)
