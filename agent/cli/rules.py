"""``dbtriage rules``: the rule book."""

from __future__ import annotations

import typer


def rules() -> None:
    """List every rule: id, worst usual severity, title."""
    from agent.discovery import all_rules

    book = all_rules()
    wide = max(len(r.id) for r in book)
    for topic in sorted({r.topic for r in book}):
        typer.echo(topic)
        for rule in book:
            if rule.topic == topic:
                typer.echo(f"  {rule.id:{wide}}  {rule.severity.name.lower():8}  {rule.title}")
    typer.echo(f"\n{len(book)} rules; dbtriage explain RULE prints the manual of one.")
