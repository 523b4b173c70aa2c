from __future__ import annotations

from typing import Any

import pytest

from collectors.rds.insights_join import Match, matched
from collectors.rds.insights_texts import stem
from collectors.rds.top_sql import TopSql
from collectors.snapshots.statements import Statement
from collectors.sql_text import normalise
from tests.collectors.insights import CUT, LONG
from tests.make import make

QUERYID = make(Statement, digest="q", entry="10/5/4711/True", query="SELECT x FROM y")
MYSQL = make(Statement, digest="m", entry="shop/ABCDEF", query="SELECT x FROM y")
LONGEST = make(Statement, digest="l", entry="10/5/1/True", query=normalise(LONG))
OTHER = make(Statement, digest="o", entry="10/5/2/True", query=f"{normalise(LONG)} LIMIT ?")


def top(digest: str = "d1", load: float = 1.0, **given: Any) -> TopSql:
    return make(TopSql, digest=digest, load_seconds=load, **given)


@pytest.mark.parametrize(
    ("row", "own", "by"),
    [
        (top("q"), "q", "digest"),
        (top(engine_id="4711"), "q", "engine id"),
        (top(engine_id="abcdef"), "m", "engine id"),
        (top(engine_id="pi-4711"), "", "nothing"),
        (top(engine_id="10"), "", "nothing"),
        (top(), "", "nothing"),
        (top(query=normalise(CUT), truncated=True), "l", "beginning"),
        (top(query=normalise(CUT)), "", "nothing"),
        (top(query="SELECT x FROM y", truncated=True), "", "nothing"),
    ],
)
def test_join(row: TopSql, own: str, by: str) -> None:
    (pair,) = matched([row], [QUERYID, MYSQL, LONGEST]).pairs
    assert (pair.own, pair.by) == (own, by)


def test_a_beginning_that_fits_two_statements_proves_nothing() -> None:
    row = top(query=normalise(CUT), truncated=True)
    assert matched([row], [LONGEST, OTHER]).load_ratio == 0.0


def test_how_much_was_matched() -> None:
    found = matched([top("q", 5.0), top("q", 1.0), top("x", 2.0)], [QUERYID])
    assert (found.load_ratio, found.statement_ratio) == (0.75, 0.5)
    assert [p.digest for p in found.pairs] == ["q", "x"]
    assert (Match(()).load_ratio, Match(()).statement_ratio) == (None, None)


@pytest.mark.parametrize(
    ("cut", "beginning"),
    [
        ("SELECT a FROM ord", "SELECT a FROM"),
        ("SELECT a FROM t WHERE b IN (?, ?, ?", "SELECT a FROM t WHERE b IN"),
        ("INSERT INTO t (a, b) VALUES (?, ?), (?", "INSERT INTO t (a, b) VALUES"),
        ("SELECT", ""),
    ],
)
def test_what_a_cut_text_begins_like(cut: str, beginning: str) -> None:
    assert stem(cut) == beginning
