"""``dbtriage demo``: an embedded PostgreSQL with real problems, and the agent on it."""

from __future__ import annotations

from typing import Annotated

import typer


def demo(
    seconds: Annotated[
        int | None, typer.Option(min=20, help="End by itself after so long; default until Ctrl-C.")
    ] = None,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port of the pages on 127.0.0.1.")
    ] = 9939,
) -> None:
    """Start a private PostgreSQL with a shop whose problems are real, and triage it.

    Prints the report, then serves http://127.0.0.1:9939 until Ctrl-C and leaves nothing behind.
    """
    from agent.demo.show import show

    show(seconds, port)
