"""``dbtriage grants``: the least-privilege setup to paste."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class System(StrEnum):
    POSTGRES = "postgres"
    MYSQL = "mysql"
    MARIADB = "mariadb"
    AWS = "aws"


def grants(
    system: Annotated[System, typer.Argument(help="What to set up.")],
    role: Annotated[
        str, typer.Option(help="Role dbtriage connects as; on MySQL and MariaDB also user@host.")
    ] = "dbtriage",
    without_data: Annotated[  # noqa: FBT002
        bool, typer.Option("--without-data", help="Leave out the right to read tables.")
    ] = False,
    iam_user: Annotated[
        str, typer.Option(help="aws: the database user that logs in with a token of IAM.")
    ] = "",
    secret: Annotated[
        str, typer.Option(help="aws: ARN of the secret that holds the password.")
    ] = "",
) -> None:
    """Print what gives a role exactly what dbtriage needs: SQL, or a policy of IAM.

    The policy only reads. To hide statement texts from dbtriage, deny the actions of pi with the
    condition key pi:Dimensions on db.sql.statement and db.sql_tokenized.statement.
    """
    if system is System.AWS:
        typer.echo(_policy(iam_user, secret), nl=False)
    else:
        typer.echo(_setup(system, role, with_data=not without_data))


def _policy(user: str, secret: str) -> str:
    from agent.discovery import all_collectors
    from collectors.rds.grants import policy
    from collectors.rds.needs import Action

    needs = [n for c in all_collectors() for n in c.needs]
    return policy([n for n in needs if isinstance(n, Action)], user=user, secret=secret)


def _setup(system: System, role: str, *, with_data: bool) -> str:
    from collectors.mysql.grants import setup as mysql
    from collectors.postgres.grants import setup as postgres
    from rules.wording import quoted

    match system:
        case System.POSTGRES:
            return postgres(quoted(role), with_data=with_data)
        case System.MYSQL:
            return mysql("mysql", role, with_data=with_data)
        case _:
            return mysql("mariadb", role, with_data=with_data)
