"""What the person who was paged reads: whole sentences, as far as they stand in the code."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WORDED = {"summary", "text", "risk", "verify", "rollback"}
SOURCES = sorted((ROOT / "rules").glob("*/*.py"))


def sentences(node: ast.expr) -> Iterator[list[ast.expr]]:
    """The pieces of each text an expression may become; a piece may be known at run time only."""
    match node:
        case ast.IfExp(body=one, orelse=other):
            yield from sentences(one)
            yield from sentences(other)
        case ast.BinOp(left=left, right=right):
            yield from (a + b for a in sentences(left) for b in sentences(right))
        case ast.JoinedStr(values=pieces):
            yield list(pieces)
        case _:
            yield [node]


def written(path: Path) -> Iterator[tuple[int, list[ast.expr]]]:
    """Every worded argument of a Finding or Remedy, with its line."""
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Call(func=ast.Name(id="Finding" | "Remedy"), keywords=given):
                for each in given:
                    if each.arg in WORDED:
                        yield from ((each.value.lineno, text) for text in sentences(each.value))


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: p.stem)
def test_sentences_begin_with_a_capital_and_end_with_a_stop(path: Path) -> None:
    for line, pieces in written(path):
        match pieces:
            case [ast.Constant(value=str(first)), *_]:
                assert not first[:1].islower() or "_" in first.split()[0], f"line {line}: {first}"
        match pieces:
            case [*_, ast.Constant(value=str(last))]:
                assert last.endswith((".", ";")) or not last, f"line {line}: {last}"
