"""``dbtriage rules``: the rule book."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class System(StrEnum):
    POSTGRES = "postgres"
    MYSQL = "mysql"
    MARIADB = "mariadb"


def rules(
    engine: Annotated[System | None, typer.Option(help="Only what is judged there.")] = None,
) -> None:
    """List every rule: id, worst usual severity, title."""
    from agent.discovery import all_rules

    book = [r for r in all_rules() if engine is None or engine in r.engines]
    wide = max(len(r.id) for r in book)
    for topic in sorted({r.topic for r in book}):
        typer.echo(topic)
        for rule in book:
            if rule.topic == topic:
                typer.echo(f"  {rule.id:{wide}}  {rule.severity.name.lower():8}  {rule.title}")
    typer.echo(f"\n{len(book)} rules; dbtriage explain RULE prints the manual of one.")
