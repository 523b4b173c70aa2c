"""``dbtriage grants``: the least-privilege setup to paste."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class System(StrEnum):
    POSTGRES = "postgres"


def grants(
    system: Annotated[System, typer.Argument(help="What to set up.")],  # noqa: ARG001  one so far
    role: Annotated[str, typer.Option(help="Role dbtriage connects as.")] = "dbtriage",
    without_data: Annotated[  # noqa: FBT002
        bool, typer.Option("--without-data", help="Leave out the right to read tables.")
    ] = False,
) -> None:
    """Print the SQL that gives a role exactly what dbtriage needs."""
    from collectors.postgres.grants import setup
    from rules.wording import quoted

    typer.echo(setup(quoted(role), with_data=not without_data))
