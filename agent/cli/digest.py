"""``dbtriage digest``: the digest and normalised text of given statements."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import typer

from agent.failure import Failure


class Dialect(StrEnum):
    POSTGRES = "postgres"
    MYSQL = "mysql"


def digest(
    file: Annotated[
        Path | None,
        typer.Argument(help="Statements: a JSON list, or SQL separated by ';'. Default stdin."),
    ] = None,
    dialect: Annotated[Dialect, typer.Option(help="Whose SQL it is.")] = Dialect.POSTGRES,
) -> None:
    """Name statements as metrics and reports name them; literals never appear.

    Prints one JSON object a line: {"digest": "…", "query": "…"}. Use it to find the series of
    a statement that you met in a log.
    """
    from collectors.sql_text import digest as digest_of
    from collectors.sql_text import normalise

    for statement in _statements(_read(file), dialect.value):
        named = {
            "digest": digest_of(statement, dialect.value),
            "query": normalise(statement, dialect.value),
        }
        typer.echo(json.dumps(named, ensure_ascii=False))


def _read(file: Path | None) -> str:
    try:
        data = file.read_bytes() if file else sys.stdin.buffer.read()
    except OSError as error:
        raise Failure(f"{file}: {error.strerror}") from None
    return data.decode("utf-8", "replace")


def _statements(text: str, dialect: Literal["postgres", "mysql"]) -> list[str]:
    from collectors.sql_text import split

    if not text.lstrip().startswith("["):
        return split(text, dialect)
    try:
        given = json.loads(text)
    except json.JSONDecodeError as error:
        raise Failure(f"not a JSON list: {error.msg} at line {error.lineno}") from None
    if not all(isinstance(s, str) for s in given):
        raise Failure("not a JSON list of strings")
    return [str(s) for s in given]
