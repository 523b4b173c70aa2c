"""``dbtriage explain``: one rule's manual."""

from __future__ import annotations

import difflib
from typing import Annotated

import typer

from agent.failure import Failure


def explain(
    rule: Annotated[str, typer.Argument(help="Id of a rule; dbtriage rules lists them.")],
) -> None:
    """Print what a rule looks for, why it matters, what to do and when to ignore it."""
    from agent.discovery import all_rules
    from exporters.figures import PRODUCTS

    book = {r.id: r for r in all_rules()}
    if rule not in book:
        close = difflib.get_close_matches(rule, book, n=1)
        hint = f"; did you mean {close[0]}?" if close else "; dbtriage rules lists them"
        raise Failure(f"no rule named {rule}{hint}")
    found = book[rule]
    typer.echo(f"{found.id} ({found.severity.name.lower()}): {found.title}\n\n{found.doc}")
    typer.echo(f"\nJudged on\n    {', '.join(PRODUCTS[engine] for engine in found.engines)}")
    if found.limits:
        typer.echo(f"\nWhat can be tuned, under [rules.{found.id}]")
        for name, value in found.limits.items():
            typer.echo(f"    {name} = {value}")
    typer.echo("\nSee\n" + "\n".join(f"    {url}" for url in found.see))
